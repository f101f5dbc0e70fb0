using GifShare.Grains.Gifs;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;

namespace GifShare.Grains.Tests.Gifs;

public sealed class GifSweepTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    [Fact]
    public async Task What_is_past_its_undo_window_is_purged_and_bytes_only_with_their_last_row()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var (shared, alone, recent, avatar) = (GifsSilo.Bytes(), GifsSilo.Bytes(), GifsSilo.Bytes(), GifsSilo.Bytes());
        var kept = (await silo.Upload(eve, shared)).Value!.Value.Id;
        var gone = await Task.WhenAll(new[] { shared, alone, avatar }.Select(async bytes => (await silo.Upload(ada, bytes)).Value!.Value.Id));
        var young = (await silo.Upload(ada, recent)).Value!.Value.Id;
        var favorite = await silo.NewLinked(ada);
        await silo.Grains.Favorites(ada).Add(favorite, null);
        await silo.Execute("UPDATE users SET avatar_key = (SELECT object_key FROM gifs WHERE id = @id) WHERE id = @eve", new { id = gone[2].Value, eve = eve.Value });
        foreach (var gif in (GifId[])[.. gone, young, favorite])
            Assert.Null((await silo.Grains.Gif(gif).Delete(ada)).Error);
        await silo.Execute(
            "UPDATE gifs SET deleted_at = now() - interval '31 days' WHERE id = ANY(@ids)", new { ids = gone.Append(favorite).Select(id => id.Value).ToArray() });

        await Sweep().Sweep(TestContext.Current.CancellationToken);
        await Sweep().Sweep(TestContext.Current.CancellationToken);

        Assert.Equal(2, await silo.Scalar<long>("SELECT count(*) FROM gifs WHERE owner_id IN (@ada, @eve)", new { ada = ada.Value, eve = eve.Value }));
        Assert.Null((await silo.Grains.Gif(kept).Get(eve, null)).Error);
        Assert.Null((await silo.Grains.Gif(young).Restore(ada, null)).Error);
        Assert.Equal((true, false, true, true), (await IsStored(shared), await IsStored(alone), await IsStored(recent), await IsStored(avatar)));
        Assert.Equal(0, await silo.Scalar<long>("SELECT count(*) FROM favorites WHERE gif_id = @id", new { id = favorite.Value }));
    }

    private GifSweep Sweep() => silo.Service<IEnumerable<ISweep>>().OfType<GifSweep>().Single();

    private async Task<bool> IsStored(byte[] bytes)
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        return await silo.Objects.ExistsAsync(ObjectKey.Of(hash, "gif"), TestContext.Current.CancellationToken);
    }
}
