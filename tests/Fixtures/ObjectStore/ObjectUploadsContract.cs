using GifShare.ObjectStore;

namespace GifShare.Fixtures.ObjectStore;

/// <summary>What <see cref="IObjectStore"/> promises of uploads in parts.</summary>
public abstract class ObjectUploadsContract : ObjectStoreScene
{
    [Fact]
    public async Task Parts_come_in_any_order_and_at_once()
    {
        var (upload, parts) = (await Begin(), Parts(Whole, Whole, 100));
        var received = await Task.WhenAll(Enumerable.Range(0, 3).Reverse().Select(i => PutAsync(upload, parts, i)));
        Assert.All(received, part => Assert.Matches("^[^\"]+$", part!.ETag));
        var manifest = received.Reverse().OfType<ReceivedPart>().ToList();
        Assert.Equal(manifest, await Store.ListPartsAsync(upload, Cancel));

        var bytes = parts.SelectMany(part => part.Bytes).ToArray();
        Assert.Equal(bytes.LongLength, await Store.CompleteUploadAsync(upload, manifest, Cancel));
        Assert.Equal(bytes, await StagedAsync(upload));
        Assert.Equal(CommitOutcome.Stored, await Store.CommitAsync(upload.Token, KeyOf(bytes, "mp4"), Cancel));
        Assert.Equal(bytes, await ReadAsync(KeyOf(bytes, "mp4")));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task A_repeated_part_replaces_the_one_before()
    {
        var (upload, parts) = (await Begin(), Parts(Whole, 10));
        var first = await PutAsync(upload, Parts(Whole), 0);
        var last = await PutAsync(upload, parts, 0);
        Assert.NotEqual(first, last);
        var manifest = new[] { last!, (await PutAsync(upload, parts, 1))! };
        Assert.Equal(manifest, await Store.ListPartsAsync(upload, Cancel));
        await Store.CompleteUploadAsync(upload, manifest, Cancel);
        Assert.Equal(parts.SelectMany(part => part.Bytes), await StagedAsync(upload));
    }

    [Fact]
    public async Task Numbers_may_be_skipped()
    {
        var upload = await Begin();
        var (first, second) = (Bytes((int)Whole), Bytes(1));
        var manifest = new[]
        {
            (await Store.PutPartAsync(upload, new(7, 0, Whole), new MemoryStream(first), Cancel))!,
            (await Store.PutPartAsync(upload, new(10_000, Whole, 1), new MemoryStream(second), Cancel))!,
        };
        Assert.Equal(Whole + 1, await Store.CompleteUploadAsync(upload, manifest, Cancel));
        Assert.Equal(first.Concat(second), await StagedAsync(upload));
        Assert.True(await Store.DiscardAsync(upload.Token, Cancel));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task A_part_that_ends_early_or_breaks_off_is_not_stored()
    {
        var upload = await Begin();
        await Assert.ThrowsAsync<EndOfStreamException>(() => Store.PutPartAsync(upload, new(1, 0, 1_000), new MemoryStream(Bytes(999)), Cancel));
        var e = await Assert.ThrowsAsync<IOException>(() => Store.PutPartAsync(upload, new(1, 0, 1_000), new BrokenStream(Bytes(999)), Cancel));
        Assert.Equal("gone", e.Message);
        Assert.Empty((await Store.ListPartsAsync(upload, Cancel))!);
    }

    [Fact]
    public async Task Nothing_is_read_beyond_a_part()
    {
        var upload = await Begin();
        var content = new MemoryStream(Bytes(5_000));
        Assert.Equal(1_000, (await Store.PutPartAsync(upload, new(1, 0, 1_000), content, Cancel))!.Size);
        Assert.Equal(1_000, content.Position);
        var manifest = (await Store.ListPartsAsync(upload, Cancel))!;
        Assert.Equal(1_000, await Store.CompleteUploadAsync(upload, manifest, Cancel));
        Assert.Equal(content.ToArray()[..1_000], await StagedAsync(upload));
    }

    [Fact]
    public async Task Another_process_goes_on_with_an_upload()
    {
        var (upload, parts) = (await Begin(), Parts(Whole, 20));
        var first = await PutAsync(upload, parts, 0);
        var other = Reopened();
        Assert.Equal([first!], await other.ListPartsAsync(upload, Cancel));
        var second = await other.PutPartAsync(upload, parts[1].Place, new MemoryStream(parts[1].Bytes), Cancel);
        Assert.Equal(Whole + 20, await Store.CompleteUploadAsync(upload, [first!, second!], Cancel));
        (other as IDisposable)?.Dispose();
    }

    [Fact]
    public async Task Parts_that_are_missing_or_differ_are_named_and_can_be_sent_again()
    {
        var (upload, parts) = (await Begin(), Parts(Whole, Whole, 30));
        List<ReceivedPart> manifest = [(await PutAsync(upload, parts, 0))!, (await PutAsync(upload, parts, 1))!];
        List<ReceivedPart> wrong = [manifest[0], manifest[1] with { ETag = new string('0', 32) }, new(3, new string('1', 32), 30)];
        var refused = await Assert.ThrowsAsync<PartsMismatchException>(() => Store.CompleteUploadAsync(upload, wrong, Cancel));
        Assert.Equal([2, 3], refused.Numbers);

        manifest[1] = (await PutAsync(upload, parts, 1))!;
        manifest.Add((await PutAsync(upload, parts, 2))!);
        await Store.CompleteUploadAsync(upload, manifest, Cancel);
        Assert.Equal(parts.SelectMany(part => part.Bytes), await StagedAsync(upload));
    }

    [Fact]
    public async Task Completing_again_is_harmless()
    {
        var (upload, parts) = (await Begin(), Parts(40));
        ReceivedPart[] manifest = [(await PutAsync(upload, parts, 0))!];
        var lengths = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Store.CompleteUploadAsync(upload, manifest, Cancel)));
        Assert.All(lengths, length => Assert.Equal(40, length));
        Assert.Equal(40, await Store.CompleteUploadAsync(upload, manifest, Cancel));
        Assert.Null(await Store.ListPartsAsync(upload, Cancel));
        Assert.Null(await PutAsync(upload, parts, 0));
        Assert.Equal(parts[0].Bytes, await StagedAsync(upload));
    }

    [Fact]
    public async Task An_upload_that_was_ended_is_gone()
    {
        var (upload, parts) = (await Begin(), Parts(50));
        var part = await PutAsync(upload, parts, 0);
        Assert.True(await Store.AbortUploadAsync(upload, Cancel));
        Assert.False(await Store.AbortUploadAsync(upload, Cancel));
        Assert.Null(await Store.ListPartsAsync(upload, Cancel));
        Assert.Null(await PutAsync(upload, parts, 0));
        Assert.Null(await Store.CompleteUploadAsync(upload, [part!], Cancel));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task Ending_a_completed_upload_deletes_its_bytes()
    {
        var (upload, parts) = (await Begin(), Parts(60));
        await Store.CompleteUploadAsync(upload, [(await PutAsync(upload, parts, 0))!], Cancel);
        Assert.True(await Store.AbortUploadAsync(upload, Cancel));
        Assert.Null(await Store.OpenStagedAsync(upload.Token, Cancel));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task Whoever_still_sends_a_part_cannot_change_what_was_completed()
    {
        var (upload, parts) = (await Begin(), Parts(200_000));
        ReceivedPart[] manifest = [(await PutAsync(upload, parts, 0))!];
        using var other = new HeldStream(Bytes(200_000), 100_000);
        var late = Store.PutPartAsync(upload, parts[0].Place, other, Cancel);
        await other.Reached.Task.WaitAsync(Cancel);
        try
        {
            Assert.Equal(200_000, await Store.CompleteUploadAsync(upload, manifest, Cancel));
        }
        catch (PartsMismatchException e)
        {
            // The folder: half of it is there already. Nobody sends any more, so what is sent again counts.
            Assert.Equal([1], e.Numbers);
            Assert.Null(await late);
            manifest = [(await PutAsync(upload, parts, 0))!];
            Assert.Equal(200_000, await Store.CompleteUploadAsync(upload, manifest, Cancel));
        }

        other.GoOn.TrySetResult();
        Assert.Null(await late);
        Assert.Equal(parts[0].Bytes, await StagedAsync(upload));
    }

    [Fact]
    public async Task Sweeping_takes_only_old_uploads()
    {
        var (upload, parts) = (await Begin(), Parts(70));
        await PutAsync(upload, parts, 0);
        Assert.Equal(0, await Store.SweepStagingAsync(TimeSpan.FromHours(1), NoTokens, Cancel));
        Assert.Equal(0, await Store.SweepStagingAsync(TimeSpan.FromHours(-1), new HashSet<string> { upload.Token }, Cancel));
        Assert.Single((await Store.ListPartsAsync(upload, Cancel))!);
        Assert.Equal(1, await Store.SweepStagingAsync(TimeSpan.FromHours(-1), NoTokens, Cancel));
        Assert.Null(await Store.ListPartsAsync(upload, Cancel));
    }

    [Fact]
    public async Task Uploads_that_nobody_began_are_none()
    {
        var upload = await Begin() with { Token = new string('a', 32) };
        Assert.Null(await Store.ListPartsAsync(upload, Cancel));
        Assert.Null(await PutAsync(upload, Parts(5), 0));
        Assert.Null(await Store.CompleteUploadAsync(upload, [new(1, "x", 5)], Cancel));
        Assert.False(await Store.AbortUploadAsync(upload, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.ListPartsAsync(upload with { Token = "../../etc" }, Cancel));
    }

    /// <summary>Bytes of a part that is not the last one.</summary>
    protected long Whole => Math.Max(Store.SmallestPart, 70_000);

    protected Task<MultipartUpload> Begin() => Store.BeginUploadAsync("video/mp4", Cancel);

    protected static List<(PartPlace Place, byte[] Bytes)> Parts(params long[] lengths) =>
        [.. lengths.Select((length, i) => (new PartPlace(i + 1, lengths[..i].Sum(), length), Bytes((int)length)))];

    protected Task<ReceivedPart?> PutAsync(MultipartUpload upload, List<(PartPlace Place, byte[] Bytes)> parts, int index) =>
        Store.PutPartAsync(upload, parts[index].Place, new MemoryStream(parts[index].Bytes), Cancel);

    protected async Task<byte[]> StagedAsync(MultipartUpload upload)
    {
        await using var staged = await Store.OpenStagedAsync(upload.Token, Cancel);
        return await ReadAllAsync(staged!);
    }

    /// <summary>A sender who stops after some bytes until it may go on.</summary>
    sealed class HeldStream(byte[] bytes, int at) : MemoryStream(bytes)
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < at)
                return await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, at - Position)], cancellationToken);
            Reached.TrySetResult();
            await GoOn.Task.WaitAsync(cancellationToken);
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }
}
