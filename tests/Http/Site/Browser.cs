using System.Net;
using System.Text.RegularExpressions;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Site;

/// <summary>A browser without a script, on top of the one client: cookies, pages, forms with their hidden fields.</summary>
public sealed partial class Browser : IDisposable
{
    private readonly CookieContainer cookies = new();
    private readonly ApiClient client;

    public Browser(Uri address) => client = new(address, cookies: cookies);

    public IEnumerable<Cookie> Cookies => cookies.GetAllCookies();

    public Task<Answer> Get(string path, string method = "GET", params (string Name, string Value)[] headers) =>
        client.SendAsync(method, path, null, [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"), .. headers]);

    /// <summary>Fills in the form of the page at <paramref name="path"/> whose action is <paramref name="action"/>.</summary>
    public async Task<Answer> Submit(string path, string action, Dictionary<string, string>? fields = null, (string Name, byte[] Bytes)[]? files = null)
    {
        var page = await Get(path);
        var all = new Dictionary<string, string>(fields ?? []) { ["_antiforgery"] = FormToken(page) };
        Assert.Contains($"action=\"{action}\"", page.Text, StringComparison.Ordinal);
        return await Post(action, all, files);
    }

    public Task<Answer> Post(string action, Dictionary<string, string> fields, (string Name, byte[] Bytes)[]? files = null)
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

        return client.PostAsync(action, content, ("Accept", "text/html"));
    }

    /// <summary>What a script of ours sends: the token as a header, and it takes JSON.</summary>
    public Task<Answer> PostJson(string action, HttpContent content, string token) =>
        client.PostAsync(action, content, ("Accept", "application/json"), ("X-Antiforgery", token));

    /// <summary>A file that a link, or with fields a form, leads to.</summary>
    public async Task<byte[]> Bytes(string path, Dictionary<string, string>? fields = null) =>
        (await (fields is null ? client.GetAsync(path) : client.PostAsync(path, new FormUrlEncodedContent(fields)))).Is(HttpStatusCode.OK).Bytes;

    public static string FormToken(Answer page) => WebUtility.HtmlDecode(Token().Match(page.Text).Groups[1].Value);

    public async Task SignIn(string login, string password)
    {
        var reply = await Submit("/login", "/login", new() { ["login"] = login, ["password"] = password });
        Assert.Equal((303, "/collections"), (reply.StatusCode, reply.Header("Location")));
    }

    public void Dispose() => client.Dispose();

    [GeneratedRegex("name=\"_antiforgery\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
