using System.Security.Cryptography;
using GifShare.Gifs;
using GifShare.Grains.Gifs;
using GifShare.Grains.Objects;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;

namespace GifShare.Grains.Tests.Gifs;

/// <summary>Rows without files and files without rows: noticed, told, mended.</summary>
public sealed class LostFileTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gif_whose_file_is_lost_has_failed_until_the_file_is_back()
    {
        var ada = await silo.NewUser();
        var bytes = GifsSilo.Bytes();
        var gif = (await silo.Upload(ada, bytes)).Value!.Value;
        await silo.Objects.DeleteAsync(KeyOf(bytes), Cancel);
        await Reconcile();
        var lost = await Get(gif.Id, ada);
        Assert.Equal((GifStatus.Failed, "/media/failed.svg"), (lost.Status, lost.Url));

        await Put(bytes);
        await Reconcile();
        var back = await Get(gif.Id, ada);
        Assert.Equal(GifStatus.Ready, back.Status);
        Assert.StartsWith($"/media/{KeyOf(bytes)}", back.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sending_the_file_again_mends_the_gif_and_counts_nothing_twice()
    {
        var ada = await silo.NewUser();
        var bytes = GifsSilo.Bytes();
        var gif = (await silo.Upload(ada, bytes)).Value!.Value;
        var used = await silo.Used(ada);
        await silo.Objects.DeleteAsync(KeyOf(bytes), Cancel);
        await Reconcile();

        var again = await silo.Upload(ada, bytes);
        Assert.Equal((gif.Id, GifStatus.Ready, false), (again.Value!.Value.Id, again.Value.Value.Status, again.Value.IsNew));
        Assert.True(await silo.Objects.ExistsAsync(KeyOf(bytes), Cancel));
        Assert.Equal(used, await silo.Used(ada));
        Assert.Equal(0, await silo.Scalar<long>("SELECT count(*) FROM lost_objects WHERE object_key = @key", new { key = KeyOf(bytes).ToString() }));
        Assert.Equal(0, await silo.Scalar<long>("SELECT count(*) FROM pending_objects WHERE object_key = @key", new { key = KeyOf(bytes).ToString() }));
    }

    [Fact]
    public async Task A_lost_gif_is_not_copied()
    {
        var (ada, eve) = (await silo.NewUser(), await silo.NewUser());
        var bytes = GifsSilo.Bytes();
        var gif = (await silo.Upload(ada, bytes)).Value!.Value;
        await silo.Objects.DeleteAsync(KeyOf(bytes), Cancel);
        await Reconcile();
        var copies = await silo.Postgres.InTransaction(connection => silo.Service<GifCopier>().Copy(connection, eve, [gif.Id]));
        Assert.Empty(copies.Value!.Mine);
    }

    [Fact]
    public async Task Files_without_rows_are_deleted_when_they_are_old_enough()
    {
        var (old, young, used) = (GifsSilo.Bytes(), GifsSilo.Bytes(), GifsSilo.Bytes());
        await Put(old);
        await Put(young);
        await silo.Upload(await silo.NewUser(), used);
        foreach (var bytes in (byte[][])[old, used])
            File.SetLastWriteTimeUtc(FolderObjectStore.PathIn(silo.Files, KeyOf(bytes)), DateTime.UtcNow.AddDays(-2));
        await Reconcile();
        Assert.Equal((false, true, true), (await Exists(old), await Exists(young), await Exists(used)));
    }

    [Fact]
    public async Task Staged_bytes_that_a_row_names_are_left_whatever_their_age()
    {
        var ada = await silo.NewUser();
        var named = await silo.Stage(GifsSilo.Bytes());
        var nobodys = await silo.Stage(GifsSilo.Bytes());
        await silo.Execute(
            """
            INSERT INTO media (id, owner_id, status, content_type, size, created_at, updated_at) VALUES (@id, @ada, 'uploaded', 'image/gif', 1, now() - interval '9 days', now());
            INSERT INTO uploads (media_id, token, expires_at) VALUES (@id, @token, now())
            """,
            new { id = Guid.NewGuid(), ada = ada.Value, token = named.StagedObject });
        foreach (var upload in (NewUploadedGif[])[named, nobodys])
            File.SetLastWriteTimeUtc(Path.Combine(silo.Files, "staging", upload.StagedObject), DateTime.UtcNow.AddDays(-8));
        await silo.Service<IEnumerable<ISweep>>().OfType<ObjectSweep>().Single().Sweep(Cancel);
        Assert.Equal((true, false), (await silo.IsStaged(named), await silo.IsStaged(nobodys)));
    }

    private static ObjectKey KeyOf(byte[] bytes) => ObjectKey.Of(Convert.ToHexStringLower(SHA256.HashData(bytes)), "gif");

    private Task<bool> Exists(byte[] bytes) => silo.Objects.ExistsAsync(KeyOf(bytes), Cancel);

    private async Task<Gif> Get(GifId id, UserId caller) => (await silo.Grains.Gif(id).Get(caller, null)).Value!;

    private async Task Put(byte[] bytes)
    {
        var staged = await silo.Objects.StageAsync(new MemoryStream(bytes), bytes.Length, Cancel);
        await silo.Objects.CommitAsync(staged!.Token, KeyOf(bytes), Cancel);
    }

    /// <summary>As a day later.</summary>
    private async Task Reconcile()
    {
        await silo.Execute("DELETE FROM object_shards");
        foreach (var sweep in silo.Service<IEnumerable<ISweep>>().Where(sweep => sweep is ObjectReconciler or LostGifSweep))
            await sweep.Sweep(Cancel);
    }
}
