using System.Security.Cryptography;

namespace GifShare.ObjectStore.Tests;

/// <summary>What <see cref="IObjectStore"/> promises, run once per implementation.</summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    protected const long Limit = 1 << 20;

    protected IObjectStore Store { get; set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public abstract ValueTask InitializeAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>Sends one part to the address the store gave out.</summary>
    protected abstract Task<UploadedPart?> PutPartAsync(string address, string uploadId, int number, byte[] bytes);

    /// <summary>How many staged or half-received things the store holds.</summary>
    protected abstract int Leftovers();

    protected static byte[] Bytes(int length) => RandomNumberGenerator.GetBytes(length);

    protected async Task<StagedObject> StageAsync(byte[] bytes) => (await Store.StageAsync(new MemoryStream(bytes), Limit, Cancel))!;

    protected static ObjectKey KeyOf(byte[] bytes, string extension = "gif") =>
        ObjectKey.Of(Convert.ToHexStringLower(SHA256.HashData(bytes)), extension);

    protected async Task<ObjectKey> PutAsync(byte[] bytes)
    {
        Assert.Equal(CommitOutcome.Stored, await Store.CommitAsync(await StageAsync(bytes), KeyOf(bytes), Cancel));
        return KeyOf(bytes);
    }

    protected async Task<byte[]?> ReadAsync(ObjectKey key)
    {
        await using var opened = await Store.OpenAsync(key, Cancel);
        return opened is null ? null : await ReadAllAsync(opened.Content);
    }

    protected static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Cancel);
        return all.ToArray();
    }

    [Fact]
    public async Task Staged_bytes_carry_their_hash_and_can_be_read_back()
    {
        var bytes = Bytes(300_000);
        var staged = await StageAsync(bytes);
        Assert.Equal((KeyOf(bytes).Sha256, bytes.LongLength), (staged.Sha256, staged.Length));
        await using var back = await Store.OpenStagedAsync(staged, Cancel);
        Assert.Equal(bytes, await ReadAllAsync(back!));
    }

    [Fact]
    public async Task Nothing_at_all_can_be_staged()
    {
        var key = await PutAsync([]);
        Assert.Equal<byte[]>([], (await ReadAsync(key))!);
    }

    [Fact]
    public async Task The_limit_is_exact_and_leaves_nothing_behind()
    {
        var bytes = Bytes(70_000);
        Assert.Null(await Store.StageAsync(new MemoryStream(bytes), bytes.Length - 1, Cancel));
        Assert.Equal(0, Leftovers());
        Assert.NotNull(await Store.StageAsync(new MemoryStream(bytes), bytes.Length, Cancel));
    }

    [Fact]
    public async Task A_sender_that_breaks_off_leaves_nothing_behind_and_keeps_its_own_exception()
    {
        var e = await Assert.ThrowsAsync<IOException>(() => Store.StageAsync(new BrokenStream(Bytes(200_000)), Limit, Cancel));
        Assert.Equal("gone", e.Message);
        Assert.Equal(0, Leftovers());
    }

    [Fact]
    public async Task Committed_bytes_are_read_back_with_length_and_etag()
    {
        var bytes = Bytes(5_000);
        var key = await PutAsync(bytes);
        Assert.Equal(0, Leftovers());
        Assert.True(await Store.ExistsAsync(key, Cancel));
        await using var opened = await Store.OpenAsync(key, Cancel);
        Assert.Equal(bytes.LongLength, opened!.Length);
        Assert.Matches("^\"[!-~]+\"$", opened.ETag);
        Assert.InRange(opened.LastModified, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        opened.Content.Seek(4_000, SeekOrigin.Begin);
        Assert.Equal(bytes[4_000..], await ReadAllAsync(opened.Content));
    }

    [Fact]
    public async Task Committing_again_is_harmless()
    {
        var bytes = Bytes(1_000);
        var staged = await StageAsync(bytes);
        Assert.Equal(CommitOutcome.Stored, await Store.CommitAsync(staged, KeyOf(bytes), Cancel));
        Assert.Equal(CommitOutcome.AlreadyStored, await Store.CommitAsync(staged, KeyOf(bytes), Cancel));
        Assert.Equal(CommitOutcome.AlreadyStored, await Store.CommitAsync(await StageAsync(bytes), KeyOf(bytes), Cancel));
        Assert.Equal(0, Leftovers());
        Assert.Equal(bytes, await ReadAsync(KeyOf(bytes)));
    }

    [Fact]
    public async Task Of_many_who_commit_the_same_bytes_one_stores_them()
    {
        var bytes = Bytes(20_000);
        var staged = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => StageAsync(bytes)));
        var outcomes = await Task.WhenAll(staged.Select(s => Store.CommitAsync(s, KeyOf(bytes), Cancel)));
        Assert.Single(outcomes, CommitOutcome.Stored);
        Assert.Equal(15, outcomes.Count(o => o == CommitOutcome.AlreadyStored));
        Assert.Equal(bytes, await ReadAsync(KeyOf(bytes)));
        Assert.Equal(0, Leftovers());
    }

    [Fact]
    public async Task Readers_see_a_whole_object_or_none_while_others_commit_and_delete()
    {
        var bytes = Bytes(200_000);
        var key = KeyOf(bytes);
        var writers = Enumerable.Range(0, 4).Select(async i =>
        {
            for (var n = 0; n < 20; n++)
            {
                if (i == 0)
                    await Store.DeleteAsync(key, Cancel);
                else
                    await Store.CommitAsync(await StageAsync(bytes), key, Cancel);
            }
        });
        var readers = Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var n = 0; n < 40; n++)
            {
                if (await ReadAsync(key) is { } read)
                    Assert.Equal(bytes, read);
            }
        });
        await Task.WhenAll(writers.Concat(readers));
        Assert.Equal(0, Leftovers());
    }

    [Fact]
    public async Task A_wrong_key_is_refused()
    {
        var staged = await StageAsync(Bytes(10));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, KeyOf(Bytes(10)), Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.OpenAsync(default, Cancel));
    }

    [Fact]
    public async Task Discarded_bytes_cannot_be_committed()
    {
        var bytes = Bytes(10);
        var staged = await StageAsync(bytes);
        Assert.True(await Store.DiscardAsync(staged, Cancel));
        Assert.False(await Store.DiscardAsync(staged, Cancel));
        Assert.Null(await Store.OpenStagedAsync(staged, Cancel));
        Assert.Equal(CommitOutcome.StagedGone, await Store.CommitAsync(staged, KeyOf(bytes), Cancel));
    }

    [Fact]
    public async Task Deleting_is_final_and_deleting_nothing_is_no_error()
    {
        var key = await PutAsync(Bytes(100));
        Assert.True(await Store.DeleteAsync(key, Cancel));
        Assert.False(await Store.DeleteAsync(key, Cancel));
        Assert.False(await Store.ExistsAsync(key, Cancel));
        Assert.Null(await Store.OpenAsync(key, Cancel));
    }

    [Fact]
    public async Task An_open_object_stays_readable_when_it_is_deleted()
    {
        var bytes = Bytes(100_000);
        var key = await PutAsync(bytes);
        await using var opened = await Store.OpenAsync(key, Cancel);
        await Store.DeleteAsync(key, Cancel);
        Assert.Equal(bytes, await ReadAllAsync(opened!.Content));
    }

    [Fact]
    public async Task The_list_holds_what_is_stored()
    {
        var keys = new[] { await PutAsync(Bytes(1)), await PutAsync(Bytes(22)), await PutAsync(Bytes(333)) };
        await StageAsync(Bytes(5));
        List<StoredObjectInfo> listed = [];
        await foreach (var info in Store.ListAsync(Cancel))
            listed.Add(info);
        Assert.Equal(keys.Select(k => k.ToString()).Order(), listed.Select(i => i.Key.ToString()).Order());
        Assert.Equal(22, listed.Single(i => i.Key == keys[1]).Length);
        Assert.All(listed, i => Assert.InRange(i.StoredAt, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1)));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcde/")]
    public async Task Tokens_are_not_paths(string token)
    {
        var staged = new StagedObject(token, KeyOf([]).Sha256, 0);
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DiscardAsync(staged, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, KeyOf([]), Cancel));
        Assert.Null(await Store.ListPartsAsync(token, Cancel));
        Assert.False(await Store.AbortMultipartAsync(token, Cancel));
        Assert.Equal(MultipartStatus.UnknownUpload, (await Store.CompleteMultipartAsync(token, [new(1, "x")], Cancel)).Status);
    }

    [Fact]
    public async Task Parts_in_any_order_and_repeated_give_the_whole()
    {
        byte[][] parts = [Bytes(70_000), Bytes(70_000), Bytes(123)];
        var upload = await Store.CreateMultipartAsync(Cancel);
        Assert.Equal([], (await Store.ListPartsAsync(upload, Cancel))!);
        await PutAsync(upload, 2, Bytes(70_000));
        var etags = new string[3];
        foreach (var i in new[] { 2, 0, 1 })
            etags[i] = (await PutAsync(upload, i + 1, parts[i]))!.ETag;
        Assert.Equal([.. parts.Select((p, i) => new UploadedPart(i + 1, etags[i], p.Length))], (await Store.ListPartsAsync(upload, Cancel))!);

        var outcome = await Store.CompleteMultipartAsync(upload, [.. etags.Select((e, i) => new PartReference(i + 1, e))], Cancel);
        Assert.Equal(MultipartStatus.Completed, outcome.Status);
        byte[] whole = [.. parts[0], .. parts[1], .. parts[2]];
        Assert.Equal((KeyOf(whole).Sha256, whole.LongLength), (outcome.Staged!.Sha256, outcome.Staged.Length));
        Assert.Equal(CommitOutcome.Stored, await Store.CommitAsync(outcome.Staged, KeyOf(whole, "mp4"), Cancel));
        Assert.Equal(whole, await ReadAsync(KeyOf(whole, "mp4")));
        Assert.Null(await Store.ListPartsAsync(upload, Cancel));
        Assert.Null(await PutAsync(upload, 1, parts[0]));
        Assert.Equal(0, Leftovers());
    }

    [Fact]
    public async Task A_manifest_must_match_what_arrived()
    {
        var upload = await Store.CreateMultipartAsync(Cancel);
        var one = (await PutAsync(upload, 1, Bytes(10)))!.ETag;
        var two = (await PutAsync(upload, 2, Bytes(10)))!.ETag;
        async Task<(MultipartStatus, int)> TryAsync(params PartReference[] parts)
        {
            var outcome = await Store.CompleteMultipartAsync(upload, parts, Cancel);
            return (outcome.Status, outcome.Part);
        }
        Assert.Equal((MultipartStatus.BadManifest, 0), await TryAsync());
        Assert.Equal((MultipartStatus.BadManifest, 0), await TryAsync(new PartReference(2, two), new PartReference(1, one)));
        Assert.Equal((MultipartStatus.BadManifest, 0), await TryAsync(new PartReference(1, one), new PartReference(1, one)));
        Assert.Equal((MultipartStatus.PartMismatch, 2), await TryAsync(new PartReference(1, one), new PartReference(2, one)));
        Assert.Equal((MultipartStatus.PartMismatch, 3), await TryAsync(new(1, one), new(2, two), new(3, two)));
        Assert.Equal((MultipartStatus.Completed, 0), await TryAsync(new PartReference(1, one), new PartReference(2, two)));
        Assert.Equal((MultipartStatus.UnknownUpload, 0), await TryAsync(new PartReference(1, one), new PartReference(2, two)));
    }

    [Fact]
    public async Task A_part_has_exactly_the_length_it_was_signed_for()
    {
        var upload = await Store.CreateMultipartAsync(Cancel);
        Assert.Null(await PutPartAsync(Store.AddressOfPart(upload, 1, 10), upload, 1, Bytes(11)));
        Assert.Null(await PutPartAsync(Store.AddressOfPart(upload, 1, 10), upload, 1, Bytes(9)));
        Assert.Equal([], (await Store.ListPartsAsync(upload, Cancel))!);
        Assert.True(await Store.AbortMultipartAsync(upload, Cancel));
        Assert.False(await Store.AbortMultipartAsync(upload, Cancel));
        Assert.Equal(0, Leftovers());
    }

    [Fact]
    public async Task Sweeping_takes_only_what_is_old()
    {
        var staged = await StageAsync(Bytes(10));
        var upload = await Store.CreateMultipartAsync(Cancel);
        await PutAsync(upload, 1, Bytes(10));
        var key = await PutAsync(Bytes(10));
        Assert.Equal(0, await Store.SweepStagingAsync(TimeSpan.FromHours(1), Cancel));
        Assert.NotNull(await Store.ListPartsAsync(upload, Cancel));
        Assert.Equal(2, await Store.SweepStagingAsync(TimeSpan.FromHours(-1), Cancel));
        Assert.Equal(0, Leftovers());
        Assert.Null(await Store.OpenStagedAsync(staged, Cancel));
        Assert.Null(await Store.ListPartsAsync(upload, Cancel));
        Assert.True(await Store.ExistsAsync(key, Cancel));
    }

    Task<UploadedPart?> PutAsync(string upload, int number, byte[] bytes) =>
        PutPartAsync(Store.AddressOfPart(upload, number, bytes.Length), upload, number, bytes);

    sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw new IOException("gone") : base.ReadAsync(buffer, cancellationToken);
    }
}
