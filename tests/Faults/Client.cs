using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace GifShare.Faults;

/// <summary>One answer; what a client can tell of it.</summary>
public sealed record Answer(string Asked, HttpStatusCode Status, string Text, HttpResponseHeaders Headers, string? ContentType, TimeSpan Took)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException("An empty answer.");

    public bool IsReplay => Headers.Contains("Idempotency-Replayed");

    public Answer Needs(HttpStatusCode status) => Status == status ? this : throw new InvalidOperationException($"Not {status}: {(int)Status} {Text}");
}

/// <summary>Speaks to the product for many people at once, over as many connections as they need.</summary>
public sealed class Client : IDisposable
{
    public const string Password = "correct horse battery";

    /// <summary>Longer than anything may take: whoever meets it has found what hangs.</summary>
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly Action<long, Answer>? _answered;
    private readonly TimeSpan _pause;

    /// <param name="address">Of the product.</param>
    /// <param name="answered">Told of each answer and when it was asked for (<see cref="Stopwatch"/>).</param>
    /// <param name="pause">Its pace: on average this long before each request. Zero: as fast as it is answered.</param>
    public Client(Uri address, Action<long, Answer>? answered = null, TimeSpan pause = default)
    {
        (_answered, _pause) = (answered, pause);
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = address, Timeout = Hangs };
    }

    /// <exception cref="HttpRequestException">The product went away before it had answered whole.</exception>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string? token, string? body = null, string? key = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (_pause > TimeSpan.Zero)
            await Task.Delay(_pause * (0.5 + Random.Shared.NextDouble()), cancellationToken);
        var started = Stopwatch.GetTimestamp();
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var answer = new Answer($"{method} {path}", response.StatusCode, text, response.Headers, response.Content.Headers.ContentType?.MediaType, Stopwatch.GetElapsedTime(started));
        _answered?.Invoke(started, answer);
        return answer;
    }

    public Task<Answer> GetAsync(string path, string? token, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, token, cancellationToken: cancellationToken);

    public Task<Answer> PostAsync(string path, string? token, string body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, token, body, cancellationToken: cancellationToken);

    /// <summary>A new person; the answer is the access token.</summary>
    public async Task<string> RegisterAsync(string username, CancellationToken cancellationToken) =>
        (string)(await PostAsync("/v1/users", null, Registration(username), cancellationToken)).Needs(HttpStatusCode.Created).Json["accessToken"]!;

    public async Task<string> SignInAsync(string username, CancellationToken cancellationToken) =>
        (string)(await PostAsync("/v1/sessions", null, $$"""{"login":"{{username}}","password":"{{Password}}"}""", cancellationToken))
            .Needs(HttpStatusCode.Created).Json["accessToken"]!;

    public static string Registration(string username) =>
        $$"""{"firstName":"A","lastName":"B","username":"{{username}}","email":"{{username}}@example.org","password":"{{Password}}"}""";

    /// <summary>All of a list, page after page.</summary>
    public async Task<List<JsonNode>> ListAsync(string path, string? token, CancellationToken cancellationToken)
    {
        List<JsonNode> all = [];
        string? cursor = null;
        do
        {
            var page = (await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=100{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}", token, cancellationToken))
                .Needs(HttpStatusCode.OK).Json;
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        return all;
    }

    public void Dispose() => _http.Dispose();
}
