using GifShare.Browser.Tests.Site;
using GifShare.Fixtures.Clients;
using GifShare.Grains.Collections;
using Npgsql;

namespace GifShare.Browser.Tests.Collections;

internal sealed record Piece(int Width, int Height, string? Title = null, string? Alt = null, string? Note = null);

/// <summary>
/// Somebody's collection of any size, written into the database at once: all its pictures are one uploaded GIF under many addresses and of
/// many claimed sizes.
/// </summary>
internal sealed class Gallery : IDisposable
{
    private static readonly (int Width, int Height)[] Sizes = [(480, 360), (320, 320), (498, 280), (270, 480), (2400, 400), (200, 1200), (640, 480), (400, 301), (333, 250)];

    private Gallery(ApiClient api) => Api = api;

    /// <summary>The owner, at the API.</summary>
    public ApiClient Api { get; }

    public string Owner => Api.Username;

    public Guid Id { get; } = Guid.CreateVersion7();

    public IReadOnlyList<Guid> Gifs { get; private set; } = [];

    /// <summary>A share link's address, without host.</summary>
    public string Link { get; private set; } = "";

    private string LinkId { get; set; } = "";

    public static async Task<Gallery> Make(RunningSite site, string owner, int count, Func<int, Piece>? piece = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        var gallery = new Gallery(await ApiClient.RegisterAsync(await site.Address(), owner));
        var url = (string)(await gallery.Api.UploadAsync(await File.ReadAllBytesAsync(Visitor.Samples.First(), cancel))).IsDone()["url"]!;

        gallery.Gifs = [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];
        var pieces = Enumerable.Range(0, count).Select(piece ?? Plain).ToArray();
        await using var source = NpgsqlDataSource.Create($"{await site.Database()};Search Path=gifshare,public");
        await using var command = source.CreateCommand(
            """
            WITH made AS (
                INSERT INTO gifs (id, owner_id, provider, url, width, height, title, alt_text, created_at, updated_at)
                SELECT g.id, $1, 'test', $4 || '&n=' || g.n, g.w, g.h, g.title, g.alt, now(), now()
                FROM unnest($3::uuid[], $5::int[], $6::int[], $7::int[], $8::text[], $9::text[]) AS g (id, n, w, h, title, alt)),
            collection AS (
                INSERT INTO collections (id, owner_id, name, visibility, item_count, created_at, updated_at)
                VALUES ($2, $1, 'Loops without end', 'shared', cardinality($3::uuid[]), now(), now())),
            counters AS (INSERT INTO collection_counters (collection_id) VALUES ($2))
            SELECT 1
            """);
        object[] values =
        [
            Guid.Parse((string)gallery.Api.User["id"]!), gallery.Id, gallery.Gifs.ToArray(), url, Enumerable.Range(0, count).ToArray(),
            pieces.Select(p => p.Width).ToArray(), pieces.Select(p => p.Height).ToArray(), pieces.Select(p => p.Title).ToArray(), pieces.Select(p => p.Alt).ToArray(),
        ];
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync(cancel);
        await using var items = source.CreateCommand(
            "INSERT INTO collection_items (collection_id, gif_id, position, note, added_at) SELECT $1, i.id, i.position, i.note, now() FROM unnest($2::uuid[], $3::text[], $4::text[]) AS i (id, position, note)");
        items.Parameters.AddWithValue(gallery.Id);
        items.Parameters.AddWithValue(gallery.Gifs.ToArray());
        items.Parameters.AddWithValue(Enumerable.Range(0, count).Select(i => OrderKeys.Whole(OrderKeys.Middle + i)).ToArray());
        items.Parameters.AddWithValue(pieces.Select(p => p.Note).ToArray());
        await items.ExecuteNonQueryAsync(cancel);

        var link = await gallery.Api.NewLinkAsync($"{gallery.Id}");
        (gallery.Link, gallery.LinkId) = ("/s/" + (string)link["token"]!, (string)link["id"]!);
        return gallery;
    }

    public async Task Revoke() => (await Api.DeleteAsync($"/v1/collections/{Id}/links/{LinkId}")).IsDone();

    public void Dispose() => Api.Dispose();

    private static Piece Plain(int i) => new(Sizes[i * 7 % Sizes.Length].Width, Sizes[i * 7 % Sizes.Length].Height, $"Loop number {i + 1}");
}
