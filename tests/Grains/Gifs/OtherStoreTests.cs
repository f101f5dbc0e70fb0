using GifShare.Grains.Gifs;
using GifShare.Grains.Objects;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;

namespace GifShare.Grains.Tests.Gifs;

/// <summary>A disk that is not mounted, or a database that is not the bucket's, must not look like lost files and orphans.</summary>
public sealed class OtherStoreTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    private const int Files = 12;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Objects => Path.Combine(silo.Files, "objects");

    [Fact]
    public async Task A_store_that_does_not_belong_to_the_database_changes_nothing()
    {
        for (var i = 0; i < Files; i++)
            await silo.Upload(await silo.NewUser(), GifsSilo.Bytes());
        var stored = Directory.EnumerateFiles(Objects, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllBytes);
        Assert.Equal(Files, stored.Count);
        foreach (var path in stored.Keys)
            File.Delete(path);
        await Reconcile();
        Assert.Equal((0L, (long)Files), await Counts());

        // The other way round: files that nothing in this database refers to.
        foreach (var (path, bytes) in stored)
            await File.WriteAllBytesAsync(path, bytes, Cancel);
        var foreign = Enumerable.Range(0, Files).Select(_ => FolderObjectStore.PathIn(silo.Files, ObjectKey.Of(Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()) + Guid.NewGuid().ToString("N"), "gif"))).ToList();
        foreach (var path in foreign)
        {
            await File.WriteAllBytesAsync(path, [1], Cancel);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-2));
        }

        await Reconcile();
        Assert.All(foreign, path => Assert.True(File.Exists(path)));

        // So few may be what a crash has left.
        foreach (var path in foreign.Skip(2))
            File.Delete(path);
        await Reconcile();
        Assert.DoesNotContain(foreign, File.Exists);
        Assert.Equal((0L, (long)Files), await Counts());
    }

    private async Task<(long Lost, long Ready)> Counts() =>
        (await silo.Scalar<long>("SELECT count(*) FROM lost_objects"), await silo.Scalar<long>("SELECT count(*) FROM gifs WHERE status = 'ready'"));

    private async Task Reconcile()
    {
        await silo.Execute("DELETE FROM object_shards");
        foreach (var sweep in silo.Service<IEnumerable<ISweep>>().Where(sweep => sweep is ObjectReconciler or LostGifSweep))
            await sweep.Sweep(Cancel);
    }
}
