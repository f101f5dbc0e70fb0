using System.Net;
using System.Net.Http.Headers;
using GifShare.Fixtures.ObjectStore;
using GifShare.ObjectStore;

namespace GifShare.Http.Tests.ObjectStore;

/// <summary>The contract on a real server, and what only S3 has.</summary>
public sealed class S3ObjectStoreTests(S3TestBucket bucket) : ObjectStoreContract, IClassFixture<S3TestBucket>
{
    readonly string prefix = Guid.NewGuid().ToString("N");

    public override ValueTask InitializeAsync()
    {
        bucket.SkipWithoutServer();
        Store = Open();
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        (Store as IDisposable)?.Dispose();
        return base.DisposeAsync();
    }

    protected override Task<int> LeftoversAsync() => bucket.LeftoversAsync(prefix);

    protected override IObjectStore Reopened() => Open();

    S3ObjectStore Open(Action<S3Options>? change = null) => bucket.Open(options =>
    {
        options.Prefix = prefix;
        change?.Invoke(options);
    });

    [Fact]
    public async Task What_is_too_long_for_one_request_is_staged_in_parts()
    {
        var bytes = Bytes(65 << 20);
        var staged = await Store.StageAsync(new MemoryStream(bytes), bytes.Length, Cancel);
        Assert.Equal(KeyOf(bytes).Sha256, staged!.Sha256);
        Assert.Equal(CommitOutcome.Stored, await Store.CommitAsync(staged.Token, KeyOf(bytes, "mp4"), Cancel));
        var read = await ReadAsync(KeyOf(bytes, "mp4"));
        Assert.True(bytes.AsSpan().SequenceEqual(read));
        Assert.Equal(0, await LeftoversAsync());
    }

    [Fact]
    public async Task Reading_goes_on_anywhere()
    {
        var bytes = Bytes(300_000);
        await using var opened = await Store.OpenAsync(await PutAsync(bytes), Cancel);
        var content = opened!.Content;
        var some = new byte[1_000];
        foreach (var at in new[] { 0, 1_000, 250_000, 10, 299_000 })
        {
            content.Position = at;
            await content.ReadExactlyAsync(some, Cancel);
            Assert.Equal(bytes[at..(at + 1_000)], some);
        }

        Assert.Equal(0, await content.ReadAsync(some, Cancel));
        content.Seek(-500, SeekOrigin.End);
        Assert.Equal(bytes[^500..], await ReadAllAsync(content));
        content.Seek(400_000, SeekOrigin.Begin);
        Assert.Equal(0, await content.ReadAsync(some, Cancel));
    }

    [Fact]
    public async Task After_a_seek_a_deleted_object_is_gone()
    {
        var key = await PutAsync(Bytes(100_000));
        await using var opened = await Store.OpenAsync(key, Cancel);
        await Store.DeleteAsync(key, Cancel);
        opened!.Content.Position = 5_000;
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => opened.Content.ReadExactlyAsync(new byte[10], Cancel).AsTask());
    }

    [Fact]
    public async Task Objects_that_are_open_are_bounded()
    {
        using var store = Open(options => (options.MaxReads, options.TimeoutSeconds) = (1, 1));
        var key = await PutAsync(Bytes(10));
        await using (await store.OpenAsync(key, Cancel))
            Assert.Contains("MaxReads", (await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.OpenAsync(key, Cancel))).Message, StringComparison.Ordinal);
        await using var again = await store.OpenAsync(key, Cancel);
        Assert.NotNull(again);
        Assert.Null(await Store.OpenAsync(KeyOf(Bytes(9)), Cancel));
    }

    [Fact]
    public async Task Foreign_objects_are_not_listed()
    {
        var key = await PutAsync(Bytes(100));
        await bucket.PutForeignAsync($"{prefix}/objects/00/{new string('f', 64)}.gif", Cancel);
        await bucket.PutForeignAsync($"{prefix}/objects/readme.txt", Cancel);
        List<ObjectKey> listed = [];
        await foreach (var info in Store.ListAsync(Cancel))
            listed.Add(info.Key);
        Assert.Equal([key], listed);
    }

    [Fact]
    public async Task Long_lists_come_in_pages()
    {
        var upload = await Begin();
        foreach (var some in Enumerable.Range(1, 1_001).Chunk(50))
            await Task.WhenAll(some.Select(i => Store.PutPartAsync(upload, new(i, 0, 1), new MemoryStream([1]), Cancel)));
        Assert.Equal(Enumerable.Range(1, 1_001), (await Store.ListPartsAsync(upload, Cancel))!.Select(part => part.Number));
    }

    [Fact]
    public async Task Without_Direct_there_are_no_addresses()
    {
        Assert.Null(Store.AddressOfPart(await Begin(), new(1, 0, 5), null, TimeSpan.FromMinutes(1)));
        Assert.Null(Store.AddressOf(await PutAsync(Bytes(5)), TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_client_sends_a_part_to_its_address_and_nothing_else()
    {
        using var store = Open(options => options.Direct = true);
        var (upload, parts) = (await Begin(), Parts(12_345));
        var address = store.AddressOfPart(upload, parts[0].Place, "image/gif", TimeSpan.FromMinutes(1))!;
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(address, Bytes(12_344), "image/gif")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(address, Bytes(12_346), "image/gif")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(address, parts[0].Bytes, "text/html")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(address, parts[0].Bytes, null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(new(address.ToString().Replace("partNumber=1", "partNumber=2", StringComparison.Ordinal)), parts[0].Bytes, "image/gif")).StatusCode);
        Assert.Empty((await store.ListPartsAsync(upload, Cancel))!);

        using var sent = await SendAsync(address, parts[0].Bytes, "image/gif");
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        ReceivedPart[] manifest = [new(1, sent.Headers.ETag!.Tag.Trim('"'), 12_345)];
        Assert.Equal(manifest, await store.ListPartsAsync(upload, Cancel));
        Assert.Equal(12_345, await store.CompleteUploadAsync(upload, manifest, Cancel));
        Assert.Equal(parts[0].Bytes, await StagedAsync(upload));
    }

    [Fact]
    public async Task Without_a_type_in_the_address_any_may_be_sent()
    {
        using var store = Open(options => options.Direct = true);
        var upload = await Begin();
        var address = store.AddressOfPart(upload, new(1, 0, 10), null, TimeSpan.FromMinutes(1))!;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(address, Bytes(10), "application/octet-stream")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(address, Bytes(10), null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(address, Bytes(11), null)).StatusCode);
    }

    [Fact]
    public async Task A_client_reads_an_object_from_its_address()
    {
        using var store = Open(options => options.Direct = true);
        var bytes = Bytes(5_000);
        var key = await PutAsync(bytes);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(store.AddressOf(key, TimeSpan.FromMinutes(5)), Cancel);
        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("image/gif", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"inline; filename=\"gifshare-{key.Sha256[..12]}.gif\"", answer.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal(TimeSpan.FromMinutes(5), answer.Headers.CacheControl!.MaxAge);
        Assert.True(answer.Headers.CacheControl.Private);
        Assert.Empty(answer.Content.Headers.ContentEncoding);

        var other = new Uri(store.AddressOf(key, TimeSpan.FromMinutes(5))!.ToString().Replace(key.Sha256, KeyOf(Bytes(5)).Sha256, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(other, Cancel)).StatusCode);
    }

    [Fact]
    public void Addresses_name_the_host_that_clients_reach()
    {
        using var store = Open(options => (options.Direct, options.PublicEndpoint) = (true, "https://media.example.org"));
        var address = store.AddressOf(KeyOf([]), TimeSpan.FromMinutes(1))!;
        Assert.Equal($"https://media.example.org/{bucket.Name}/{prefix}/objects/e3/{KeyOf([])}", address.GetLeftPart(UriPartial.Path));
    }

    [Fact]
    public async Task Objects_are_encrypted_by_the_stores_keys()
    {
        using var store = Open(options => (options.ServerSideEncryption, options.KmsKeyId) = ("aws:kms", "tests"));
        Store = store;
        var bytes = Bytes(50_000);
        var key = await PutAsync(bytes);
        Assert.Equal(bytes, await ReadAsync(key));
        Assert.Equal("aws:kms", await bucket.EncryptionAsync($"{prefix}/objects/{key.Sha256[..2]}/{key}", Cancel));

        var (upload, parts) = (await Begin(), Parts(Whole, 10));
        await store.CompleteUploadAsync(upload, [(await PutAsync(upload, parts, 0))!, (await PutAsync(upload, parts, 1))!], Cancel);
        Assert.Equal(parts.SelectMany(part => part.Bytes), await StagedAsync(upload));
    }

    static async Task<HttpResponseMessage> SendAsync(Uri address, byte[] bytes, string? type)
    {
        using var client = new HttpClient();
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return await client.PutAsync(address, content, Cancel);
    }
}
