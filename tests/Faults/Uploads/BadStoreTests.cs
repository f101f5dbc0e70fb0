using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Fixtures.ObjectStore;

namespace GifShare.Faults.Tests.Uploads;

/// <summary>A product with an S3 store behind a network that tests make bad, one after the other.</summary>
public sealed class BadStoreProduct(OwnS3Server store) : IAsyncLifetime
{
    private BadNetwork? network;
    private Product? product;

    public BadNetwork Network => network!;

    public Uri Address => product!.Address;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (store.IsMissing)
            return;
        network = new(new(store.Server.Endpoint));
        var options = store.Server.In("bad");
        // Long enough for a busy machine that is asked for nothing bad.
        (options.Endpoint, options.TimeoutSeconds) = (network.Address, 4);
        product = await Product.StartAsync("bad-store", Cancel, [.. UploadScene.Settings, .. OwnS3Server.Settings(options)]);
    }

    public async ValueTask DisposeAsync()
    {
        if (product is not null)
            await product.DisposeAsync();
        if (network is not null)
            await network.DisposeAsync();
    }
}

/// <summary>An S3 store that is slow, away, or loses what is on the way, under uploads through the product.</summary>
[Collection<OwnS3ServerTests>]
public sealed class BadStoreTests(OwnS3Server store, BadStoreProduct product) : IClassFixture<BadStoreProduct>, IAsyncLifetime
{
    private const int Size = 300_000;

    private readonly byte[] film = UploadScene.Film(Size);
    private ApiClient person = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BadNetwork Network => product.Network;

    public async ValueTask InitializeAsync()
    {
        store.SkipWithoutServer();
        person = await ApiClient.RegisterAsync(product.Address);
        // The bucket is made meanwhile; and the test before may have left a circuit that is open for a moment.
        await Eventually.True(async () => (await AnnounceAsync()).IsSuccess, Cancel, UploadScene.Patience);
    }

    public ValueTask DisposeAsync()
    {
        person?.Dispose();
        if (!store.IsMissing)
            Network.Mend();
        return default;
    }

    [Fact]
    public async Task A_slow_store_holds_up_nobody_else()
    {
        var url = await BeginAsync();
        var others = (await person.PostAsync("/v1/collections", new JsonObject { ["name"] = "Read meanwhile" })).Is(HttpStatusCode.Created);
        Network.Answers = new TaskCompletionSource();
        var sending = Enumerable.Range(0, 20).Select(_ => PutAsync(url)).ToList();
        (await person.GetAsync($"/v1/collections/{others["id"]}")).Is(HttpStatusCode.OK);
        (await person.PostAsync("/v1/collections", new JsonObject { ["name"] = "Made meanwhile" })).Is(HttpStatusCode.Created);
        Assert.DoesNotContain(sending, put => put.IsCompleted);
        Network.Answers.SetResult();
        Assert.All(await Task.WhenAll(sending), answer => answer.Is(HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_store_that_never_answers_is_a_clear_refusal()
    {
        var url = await BeginAsync();
        Network.IsSilent = true;
        (await PutAsync(url)).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await AnnounceAsync()).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await person.GetAsync("/v1/users/me")).Is(HttpStatusCode.OK);
        Network.IsSilent = false;
        await RepeatAsync(url);
    }

    [Fact]
    public async Task A_store_that_is_away_is_a_clear_refusal_by_every_protocol()
    {
        var url = await BeginAsync();
        var tus = (await person.SendAsync("POST", "/files/", null, ("Tus-Resumable", "1.0.0"), ("Upload-Length", $"{Size}"))).Is(HttpStatusCode.Created).Headers.Location!.ToString();
        var form = (await person.GetAsync($"/uppy/s3/params?filename=a.mp4&type=video/mp4&metadata[size]={Size}")).Is(HttpStatusCode.OK);
        Network.IsDown = true;
        foreach (var send in (Func<Task<Answer>>[])[() => PutAsync(url), AppendAsync, PostFormAsync, AnnounceAsync])
            (await send()).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Network.IsDown = false;
        await RepeatAsync(url);
        // What a request had brought before the store failed is sent again.
        Assert.Equal("0", (await person.SendAsync("HEAD", tus, null, ("Tus-Resumable", "1.0.0"))).Is(HttpStatusCode.OK).Header("Upload-Offset"));
        (await AppendAsync()).Is(HttpStatusCode.NoContent);
        (await PostFormAsync()).Is(HttpStatusCode.NoContent);
        await AssertReadyAsync(tus["/files/".Length..]);

        Task<Answer> AppendAsync() => person.SendAsync("PATCH", tus, UploadWays.Chunk(film), ("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0"));

        Task<Answer> PostFormAsync() => person.As(null).SendAsync("POST", UploadWays.LocalOf((string)form["url"]!), UploadWays.Form((string)form["fields"]!["key"]!, film));
    }

    [Fact]
    public async Task A_body_that_is_cut_once_is_sent_again()
    {
        var url = await BeginAsync();
        Network.CutRequests(after: 100_000, times: 1);
        await RepeatAsync(url, isAtOnce: true);
        Assert.Equal(0, Network.CutsLeft);
    }

    [Fact]
    public async Task A_body_that_is_always_cut_is_a_clear_refusal()
    {
        var url = await BeginAsync();
        Network.CutRequests(after: 100_000, times: int.MaxValue);
        (await PutAsync(url)).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Network.CutRequests(after: 0, times: 0);
        await RepeatAsync(url);
    }

    [Fact]
    public async Task What_is_read_back_over_a_connection_that_breaks_is_whole()
    {
        var url = await BeginAsync();
        Network.EndsAfter = 100_000;
        await RepeatAsync(url);
    }

    private Task<Answer> AnnounceAsync() => person.PostAsync("/v1/media", new JsonObject { ["fileName"] = "film.mp4", ["contentType"] = "video/mp4", ["size"] = Size });

    private async Task<string> BeginAsync() => (string)(await AnnounceAsync()).Is(HttpStatusCode.Created)["parts"]![0]!["url"]!;

    private Task<Answer> PutAsync(string url) => person.As(null).SendAsync("PUT", url, new ByteArrayContent(film));

    /// <summary>Sends the part until it is taken, or once when it has to be at once; then the file is there.</summary>
    private async Task RepeatAsync(string url, bool isAtOnce = false)
    {
        var sent = await PutAsync(url);
        if (!isAtOnce)
            await Eventually.True(async () => (sent.IsSuccess ? sent : sent = await PutAsync(url)).IsSuccess, Cancel);
        var (id, etag) = (url.Split('/')[3], sent.Is(HttpStatusCode.OK).ETag);
        var manifest = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["number"] = 1, ["etag"] = etag }) };
        (await person.PostAsync($"/v1/media/{id}/complete", manifest)).Is(HttpStatusCode.Accepted);
        await AssertReadyAsync(id);
    }

    private async Task AssertReadyAsync(string id)
    {
        JsonNode media = null!;
        await Eventually.True(async () => (string?)(media = (await person.GetAsync($"/v1/media/{id}")).IsDone().Json)["status"] is "ready" or "failed", Cancel, UploadScene.Patience);
        Assert.Equal("ready", (string)media["status"]!);
        Assert.Equal(film, (await person.GetAsync((string)media["renditions"]![0]!["url"]!)).Is(HttpStatusCode.OK).Bytes);
    }
}
