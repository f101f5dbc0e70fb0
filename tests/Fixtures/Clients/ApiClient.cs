using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace GifShare.Fixtures.Clients;

/// <summary>
/// One caller of the HTTP API: a guest, or a person after <see cref="RegisterAsync"/> or <see cref="SignInAsync"/>. Requests go out exactly as
/// written: redirects are not followed, and without a cookie container there are no cookies. Every call ends with the test that makes it.
/// What tests do first is in <see cref="Steps"/>; what only the tests of one feature do is an extension method beside them. Two clients are
/// really different: <c>Browser</c> of the HTTP tests fills in forms, on top of this one, and <c>Wire</c> of the fault tests owns every byte
/// of its connection.
/// </summary>
public sealed class ApiClient : IDisposable
{
    public const string Password = "seven quiet otters";

    private readonly HttpClient http;
    private readonly Action<long, Answer>? answered;
    private readonly TimeSpan pause;
    private readonly bool isShared;

    /// <param name="address">Of the product.</param>
    /// <param name="token">Access token of whoever calls; null: a guest.</param>
    /// <param name="cookies">Where cookies are kept; null: none are taken or sent.</param>
    /// <param name="answered">Told of each answer and when it was asked for (<see cref="Stopwatch"/>).</param>
    /// <param name="pause">The pace: on average this long before each request. Zero: as fast as requests are answered.</param>
    public ApiClient(Uri address, string? token = null, CookieContainer? cookies = null, Action<long, Answer>? answered = null, TimeSpan pause = default)
    {
        (Token, this.answered, this.pause) = (token, answered, pause);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = cookies is not null };
        if (cookies is not null)
            handler.CookieContainer = cookies;
        http = new HttpClient(handler) { BaseAddress = address };
    }

    private ApiClient(ApiClient connections, string? token)
    {
        (http, answered, pause, isShared) = (connections.http, connections.answered, connections.pause, true);
        (Token, Username) = (token, connections.Username);
    }

    /// <summary>Of the person that this client is, or would register as.</summary>
    public string Username { get; private set; } = "u" + Guid.NewGuid().ToString("N")[..12];

    public string Email => Username + "@example.org";

    /// <summary>The access token that goes with each request; null: none does.</summary>
    public string? Token { get; private set; }

    /// <summary>Empty before the person registered or signed in here.</summary>
    public string RefreshToken { get; private set; } = "";

    /// <summary>The person as the session's answer described them.</summary>
    public JsonNode User { get; private set; } = new JsonObject();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A new person; null: with a name of nobody else.</summary>
    public static async Task<ApiClient> RegisterAsync(Uri address, string? username = null)
    {
        var client = new ApiClient(address);
        if (username is not null)
            client.Username = username;
        client.Take((await client.PostAsync("/v1/users", client.Registration())).Is(HttpStatusCode.Created));
        return client;
    }

    /// <summary>A new session of somebody who is registered with <see cref="Password"/>.</summary>
    public static async Task<ApiClient> SignInAsync(Uri address, string username)
    {
        var client = new ApiClient(address) { Username = username };
        client.Take((await client.PostAsync("/v1/sessions", Credentials(username, Password))).Is(HttpStatusCode.Created));
        return client;
    }

    public static JsonObject Credentials(string login, string password) => new() { ["login"] = login, ["password"] = password };

    public static JsonObject Registration(string username) => new()
    {
        ["firstName"] = "Ada",
        ["lastName"] = "Lovelace",
        ["email"] = username + "@example.org",
        ["username"] = username,
        ["password"] = Password,
    };

    /// <summary>What registers this person.</summary>
    public JsonObject Registration() => Registration(Username);

    /// <summary>Goes on with the session that this answer opened.</summary>
    public void Take(Answer session) =>
        (Token, RefreshToken, User) = ((string)session["accessToken"]!, (string)session["refreshToken"]!, session["user"]!);

    /// <summary>Somebody else, over the same connections; null: a guest. Lives as long as this client.</summary>
    public ApiClient As(string? token) => new(this, token);

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync("GET", path, null, headers);

    public Task<Answer> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) => SendAsync("POST", path, body, headers);

    public Task<Answer> PutAsync(string path, params (string Name, string Value)[] headers) => SendAsync("PUT", path, null, headers);

    public Task<Answer> PatchAsync(string path, object? body, params (string Name, string Value)[] headers) => SendAsync("PATCH", path, body, headers);

    public Task<Answer> DeleteAsync(string path, params (string Name, string Value)[] headers) => SendAsync("DELETE", path, null, headers);

    /// <param name="method">GET, POST, …</param>
    /// <param name="path">With its query; an absolute address is called with the token too.</param>
    /// <param name="body">A string is sent as JSON exactly as it is, <see cref="HttpContent"/> as itself, anything else serialized to JSON.</param>
    /// <param name="headers">Sent without validation.</param>
    /// <exception cref="HttpRequestException">The product went away before it had answered whole.</exception>
    public async Task<Answer> SendAsync(string method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = body switch
            {
                null => null,
                HttpContent content => content,
                string json => new StringContent(json, Encoding.UTF8, "application/json"),
                _ => JsonContent.Create(body),
            },
        };
        if (Token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), Cancel);
        var started = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, Cancel);
        var bytes = await response.Content.ReadAsByteArrayAsync(Cancel);
        var answer = new Answer($"{method} {path}", response.StatusCode, bytes, response.Headers, response.Content.Headers, Stopwatch.GetElapsedTime(started));
        answered?.Invoke(started, answer);
        return answer;
    }

    public void Dispose()
    {
        if (!isShared)
            http.Dispose();
    }
}
