using GifShare.Grains.Media;
using GifShare.Grains.Tests.Gifs;

namespace GifShare.Grains.Tests.Media;

public sealed class MediaQueueTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 2)]
    public async Task An_attempt_counts_unless_the_store_was_away(bool counts, int expected)
    {
        var (id, owner) = (MediaId.New(), await silo.NewUser());
        await silo.Execute(
            """
            INSERT INTO media (id, owner_id, status, content_type, size, created_at, updated_at) VALUES (@id, @owner, 'uploaded', 'image/gif', 1, now(), now());
            INSERT INTO uploads (media_id, token, expires_at, due_at, attempts) VALUES (@id, @token, now(), 'infinity', 3)
            """,
            new { id = id.Value, owner = owner.Value, token = Guid.NewGuid().ToString("N") });
        await silo.Service<MediaQueue>().PutBack(id, TimeSpan.FromDays(1), counts);
        Assert.Equal(expected, await silo.Scalar<int>("SELECT attempts FROM uploads WHERE media_id = @id AND due_at < 'infinity'", new { id = id.Value }));
    }
}
