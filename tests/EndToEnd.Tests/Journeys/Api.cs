using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GifShare.EndToEnd.Tests.Journeys;

/// <summary>Another program of the same person, for what would take long by hand and for looking behind the pages.</summary>
internal sealed class Api : IDisposable
{
    private readonly HttpClient http;

    private Api(HttpClient http) => this.http = http;

    public static async Task<Api> SignIn(Uri address, string username)
    {
        var http = new HttpClient { BaseAddress = address };
        using var answer = await http.PostAsJsonAsync("/v1/sessions", new { login = username, password = Visitor.Password }, TestContext.Current.CancellationToken);
        var token = (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["accessToken"];
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new(http);
    }

    public async Task<JsonNode> Get(string path) => JsonNode.Parse(await http.GetStringAsync(path, TestContext.Current.CancellationToken))!;

    public async Task<JsonNode?> Send(string method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    public void Dispose() => http.Dispose();
}
