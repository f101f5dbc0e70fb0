using System.Net;
using System.Text.RegularExpressions;

namespace GifShare.ApiFrontend.Tests.Conventions;

/// <summary>A browser without a script: cookies, pages, forms with their hidden fields.</summary>
public sealed partial class Browser(Uri address) : IDisposable
{
    private readonly CookieContainer cookies = new();
    private HttpClient? http;

    private HttpClient Http => http ??= new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = address };

    public IEnumerable<Cookie> Cookies => cookies.GetAllCookies();

    public async Task<Reply> Get(string path, string method = "GET", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Send(request);
    }

    /// <summary>Fills in the form of the page at <paramref name="path"/> whose action is <paramref name="action"/>.</summary>
    public async Task<Reply> Submit(string path, string action, Dictionary<string, string>? fields = null, (string Name, byte[] Bytes)[]? files = null)
    {
        var page = await Get(path);
        var all = new Dictionary<string, string>(fields ?? []) { ["_antiforgery"] = FormToken(page) };
        Assert.Contains($"action=\"{action}\"", page.Text, StringComparison.Ordinal);
        return await Post(action, all, files);
    }

    public async Task<Reply> Post(string action, Dictionary<string, string> fields, (string Name, byte[] Bytes)[]? files = null)
    {
        HttpContent content = new FormUrlEncodedContent(fields);
        if (files is not null)
        {
            var multipart = new MultipartFormDataContent();
            foreach (var (name, value) in fields)
                multipart.Add(new StringContent(value), name);
            foreach (var (name, bytes) in files)
                multipart.Add(new ByteArrayContent(bytes), "files", name);
            content = multipart;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        return await Send(request);
    }

    /// <summary>What a script of ours sends: the token as a header, and it takes JSON.</summary>
    public async Task<Reply> PostJson(string action, HttpContent content, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("X-Antiforgery", token);
        return await Send(request);
    }

    /// <summary>A file that a link, or with fields a form, leads to.</summary>
    public async Task<byte[]> Bytes(string path, Dictionary<string, string>? fields = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var response = fields is null ? await Http.GetAsync(path, cancel) : await Http.PostAsync(path, new FormUrlEncodedContent(fields), cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync(cancel);
    }

    public static string FormToken(Reply page) => WebUtility.HtmlDecode(Token().Match(page.Text).Groups[1].Value);

    public async Task SignIn(string login, string password)
    {
        var reply = await Submit("/login", "/login", new() { ["login"] = login, ["password"] = password });
        Assert.Equal((303, "/collections"), (reply.Code, reply.Header("Location")));
    }

    public void Dispose() => http?.Dispose();

    private async Task<Reply> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new(response.StatusCode, text, response.Headers, response.Content.Headers);
    }

    [GeneratedRegex("name=\"_antiforgery\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
