using System.Diagnostics;
using System.Security.Cryptography;
using GifShare.Fixtures;
using GifShare.Fixtures.ObjectStore;
using GifShare.ObjectStore;

namespace GifShare.Http.Tests.ObjectStore;

/// <summary>What people notice of a store that is away, slow or breaks off.</summary>
public sealed class S3AwayTests(S3TestBucket bucket) : IClassFixture<S3TestBucket>, IAsyncLifetime
{
    static readonly ObjectKey Nothing = ObjectKey.Of(new string('0', 64), "gif");

    BadNetwork network = null!;
    S3ObjectStore store = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        bucket.SkipWithoutServer();
        network = new(new(bucket.Options().Endpoint!));
        store = bucket.Open(options => (options.Endpoint, options.TimeoutSeconds) = (network.Address, 2));
        // A busy machine's first answer may take longer than these tests' patience.
        await Eventually.True(IsThere, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        store?.Dispose();
        if (network is not null)
            await network.DisposeAsync();
    }

    [Fact]
    public async Task A_store_that_is_away_answers_at_once_and_comes_back()
    {
        network.IsDown = true;
        for (var i = 0; i < 4; i++)
            await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.ExistsAsync(Nothing, Cancel));
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 100; i++)
            await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.OpenAsync(Nothing, Cancel));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1.5));

        network.IsDown = false;
        await Eventually.True(IsThere, Cancel);
    }

    [Fact]
    public async Task A_silent_store_is_given_up()
    {
        network.IsSilent = true;
        var started = Stopwatch.GetTimestamp();
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.ExistsAsync(Nothing, Cancel));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Who_gives_up_is_no_failure_of_the_store()
    {
        network.IsSilent = true;
        for (var i = 0; i < 5; i++)
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ExistsAsync(Nothing, impatient.Token));
        }

        network.IsSilent = false;
        Assert.False(await store.ExistsAsync(Nothing, Cancel));
    }

    [Fact]
    public async Task What_a_sender_throws_is_no_failure_of_the_store()
    {
        var upload = await store.BeginUploadAsync("image/gif", Cancel);
        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => store.StageAsync(new LateStream(), 1_000, Cancel));
            await Assert.ThrowsAsync<TimeoutException>(() => store.PutPartAsync(upload, new(1, 0, 10), new LateStream(), Cancel));
        }

        Assert.False(await store.ExistsAsync(Nothing, Cancel));
    }

    [Fact]
    public async Task A_plain_read_is_one_request()
    {
        var (key, bytes) = await PutAsync(200_000);
        var before = network.Gets;
        await using (var opened = await store.OpenAsync(key, Cancel))
            Assert.Equal(bytes, await ReadAllAsync(opened!.Content));
        Assert.Equal(before + 1, network.Gets);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_again_from_there()
    {
        var (key, bytes) = await PutAsync(200_000);
        network.EndsAfter = 60_000;
        await using var opened = await store.OpenAsync(key, Cancel);
        Assert.Equal(bytes, await ReadAllAsync(opened!.Content));
    }

    [Fact]
    public async Task A_store_that_goes_away_meanwhile_never_looks_like_the_end()
    {
        var (key, _) = await PutAsync(20_000_000);
        await using var opened = await store.OpenAsync(key, Cancel);
        await opened!.Content.ReadExactlyAsync(new byte[1_000], Cancel);
        network.IsDown = true;
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => ReadAllAsync(opened.Content));
    }

    [Fact]
    public async Task A_refusal_names_the_setting_and_no_secret()
    {
        using var refused = bucket.Open(options => (options.AccessKey, options.SecretKey) = ("AKIAOFSOMEBODY", "very-secret"));
        var e = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => refused.StageAsync(new MemoryStream([1]), 10, Cancel));
        Assert.Contains("ObjectStore:S3:AccessKey", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AKIAOFSOMEBODY", e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", e.ToString(), StringComparison.Ordinal);
    }

    async Task<bool> IsThere()
    {
        try
        {
            return !await store.ExistsAsync(Nothing, Cancel);
        }
        catch (ObjectStoreUnavailableException)
        {
            return false;
        }
    }

    async Task<(ObjectKey Key, byte[] Bytes)> PutAsync(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        var staged = await store.StageAsync(new MemoryStream(bytes), length, Cancel);
        var key = ObjectKey.Of(staged!.Sha256, "gif");
        await store.CommitAsync(staged.Token, key, Cancel);
        return (key, bytes);
    }

    static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Cancel);
        return all.ToArray();
    }

    /// <summary>A sender that is too slow for the edge, which then throws this.</summary>
    sealed class LateStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new TimeoutException("too slow");
    }
}
