using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Accounts;

/// <summary>The whole product with limits wide enough that tests of other things do not meet them.</summary>
public sealed class AccountsProduct : IAsyncLifetime
{
    public TestProduct Product { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:FailedPasswordsPer15Min"] = "1000",
    });

    public ValueTask DisposeAsync() => Product.DisposeAsync();
}

/// <summary>A client of the HTTP API, one person each.</summary>
public sealed class Person(Uri address) : IDisposable
{
    public const string Password = "seven quiet otters";
    private readonly HttpClient http = new() { BaseAddress = address };

    public string Username { get; } = "u" + Guid.NewGuid().ToString("N")[..12];
    public string Email => Username + "@example.org";
    public string Access { get; private set; } = "";
    public string RefreshToken { get; private set; } = "";
    public JsonNode User { get; private set; } = null!;

    public static async Task<Person> Register(Uri address)
    {
        var person = new Person(address);
        var answer = await person.Send("POST", "/v1/users", person.Registration());
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        person.Take(answer.Json!);
        return person;
    }

    public JsonObject Registration() => new()
    {
        ["firstName"] = "Ada",
        ["lastName"] = "Lovelace",
        ["email"] = Email,
        ["username"] = Username,
        ["password"] = Password,
    };

    public void Take(JsonNode signedIn)
    {
        Access = (string)signedIn["accessToken"]!;
        RefreshToken = (string)signedIn["refreshToken"]!;
        User = signedIn["user"]!;
    }

    public Task<Answer> Send(string method, string path, JsonNode? body = null, string? token = null) =>
        Send(method, path, body is null ? null : JsonContent.Create(body), token);

    public async Task<Answer> Send(string method, string path, HttpContent? content, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        if ((token ?? Access) is { Length: > 0 } bearer)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null, response.Headers);
    }

    public void Dispose() => http.Dispose();
}

public sealed record Answer(HttpStatusCode Status, JsonNode? Json, HttpResponseHeaders Headers)
{
    public string? Code => (string?)Json?["code"];
}
