using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Conventions;

/// <summary>The whole product without limits: what is tested here sends much.</summary>
public sealed class ConventionsProduct : IAsyncLifetime
{
    public static Dictionary<string, string?> NoLimits => new()
    {
        ["RateLimits:WritesPerMinute"] = "0",
        ["RateLimits:UploadsPerHour"] = "0",
        ["RateLimits:ReadsPerMinutePerAddress"] = "0",
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:FailedPasswordsPer15Min"] = "0",
    };

    public TestProduct Product { get; private set; } = null!;

    public Uri Address => Product.BaseAddress;

    public async ValueTask InitializeAsync() => Product = await TestProduct.StartAsync(NoLimits);

    public ValueTask DisposeAsync() => Product.DisposeAsync();

    public Wire NewWire(string? token = null) => new(Address, token);
}

/// <summary>Requests exactly as written, answers with everything that a client sees.</summary>
public sealed class Wire(Uri address, string? token = null) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address };

    public Task<Reply> Send(string method, string path, string? json = null, params (string Name, string Value)[] headers) =>
        Send(method, path, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public async Task<Reply> Send(string method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, text, response.Headers, response.Content.Headers);
    }

    public void Dispose() => http.Dispose();
}

public sealed record Reply(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public int Code => (int)Status;

    public JsonNode? Json => Text.StartsWith('{') ? JsonNode.Parse(Text) : null;

    public string? Header(string name) =>
        Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(",", values) : null;

    /// <summary>It is a problem of api.md's form with this code.</summary>
    public Reply IsProblem(int status, string code)
    {
        Assert.True(Code == status && (string?)Json?["code"] == code, $"Expected {status} {code}, got {Code} {Text}");
        return IsProblem();
    }

    public Reply IsProblem()
    {
        Assert.Equal("application/problem+json", ContentHeaders.ContentType?.MediaType);
        var problem = Json!.AsObject();
        Assert.Equal(Code, (int)problem["status"]!);
        foreach (var member in (string[])["type", "title", "code"])
            Assert.False(string.IsNullOrEmpty((string?)problem[member]), $"{member} is missing: {Text}");
        return this;
    }

    public string[] ErrorFields => Json?["errors"]?.AsObject().Select(pair => pair.Key).ToArray() ?? [];
}
