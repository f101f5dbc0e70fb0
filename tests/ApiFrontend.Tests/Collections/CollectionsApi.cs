using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Grains.Operations;

namespace GifShare.ApiFrontend.Tests.Collections;

/// <summary>The whole product, without the limits that tests of other things would meet.</summary>
public sealed class CollectionsProduct : IAsyncLifetime
{
    public TestProduct Product { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:ReadsPerMinutePerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["Collections:ViewFlushMilliseconds"] = "50",
    });

    /// <summary>What <c>gifshare check</c> finds must be nothing, once the gathered views are written.</summary>
    public async Task CountsAgree() => await Eventually.True(
        async () => (await Check.Run(Product.ConnectionString, TestContext.Current.CancellationToken)).Count == 0, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Product.DisposeAsync();
}

/// <summary>Somebody at the API: signed in, or a guest.</summary>
public sealed class Caller(Uri address) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address };
    private string? token;

    public string Username { get; private set; } = "";

    public static async Task<Caller> SignedIn(Uri address)
    {
        var caller = new Caller(address) { Username = "u" + Guid.NewGuid().ToString("N")[..12] };
        var made = await caller.Post("/v1/users", new JsonObject
        {
            ["firstName"] = "Ada",
            ["lastName"] = "Byron",
            ["email"] = caller.Username + "@example.org",
            ["username"] = caller.Username,
            ["password"] = "seven quiet otters",
        });
        caller.token = (string)made.Is(HttpStatusCode.Created)["accessToken"]!;
        return caller;
    }

    public Task<Reply> Get(string path, params (string, string)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public Task<Reply> Post(string path, JsonNode? body = null, params (string, string)[] headers) => Send(HttpMethod.Post, path, body, headers);

    public Task<Reply> Put(string path, params (string, string)[] headers) => Send(HttpMethod.Put, path, null, headers);

    public Task<Reply> Patch(string path, JsonNode body, params (string, string)[] headers) => Send(HttpMethod.Patch, path, body, headers);

    public Task<Reply> Delete(string path, params (string, string)[] headers) => Send(HttpMethod.Delete, path, null, headers);

    public async Task<Reply> Send(HttpMethod method, string path, JsonNode? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, bytes, response);
    }

    public async Task<string> NewCollection(string visibility = "shared", string name = "Cats") =>
        (string)(await Post("/v1/collections", new JsonObject { ["name"] = name, ["visibility"] = visibility })).Is(HttpStatusCode.Created)["id"]!;

    /// <summary>A linked gif of this caller's own.</summary>
    public async Task<string> NewGif(string? title = null)
    {
        var body = new JsonObject { ["url"] = $"https://media.example.org/{Guid.NewGuid():N}.gif", ["width"] = 100, ["height"] = 80, ["provider"] = "example.org" };
        if (title is not null)
            body["title"] = title;
        return (string)(await Post("/v1/gifs", body)).Is(HttpStatusCode.Created)["id"]!;
    }

    public async Task<string> AddNewGif(string collection, string? title = null)
    {
        var gif = await NewGif(title);
        (await Post($"/v1/collections/{collection}/items", new JsonObject { ["gifId"] = gif })).Is(HttpStatusCode.Created);
        return gif;
    }

    public async Task<JsonNode> NewLink(string collection, JsonObject? body = null) =>
        (await Post($"/v1/collections/{collection}/links", body ?? [])).Is(HttpStatusCode.Created);

    public async Task<List<string>> Items(string collection, string query = "?limit=100") =>
        [.. (await Get($"/v1/collections/{collection}/items{query}")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!)];

    public async Task<string> Upload(byte[] bytes, string fileName, string title) =>
        (string)(await Upload("/v1/gifs", bytes, fileName, title)).Is(HttpStatusCode.Created)["id"]!;

    public async Task<Reply> Upload(string path, byte[] bytes, string fileName, string title)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", fileName }, { new StringContent(title), "title" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, answer, response);
    }

    public void Dispose() => http.Dispose();
}

public sealed record Reply(HttpStatusCode Status, byte[] Bytes, HttpResponseMessage Message)
{
    public JsonNode? Json { get; } = Bytes.Length > 0 && Bytes[0] == '{' ? JsonNode.Parse(Bytes) : null;
    public string? Code => (string?)Json?["code"];
    public string? ETag => Message.Headers.ETag?.ToString();

    public JsonNode Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status} instead of {(int)status}: {System.Text.Encoding.UTF8.GetString(Bytes)}");
        return Json!;
    }

    public Reply Refused(HttpStatusCode status, string code)
    {
        Is(status);
        Assert.Equal(code, Code);
        return this;
    }

    public string? Header(string name) => Message.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
