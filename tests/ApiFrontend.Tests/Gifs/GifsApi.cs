using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using GifShare.ApiFrontend.Tests.Accounts;
using GifShare.Fixtures;
using GifShare.ObjectStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GifShare.ApiFrontend.Tests.Gifs;

/// <summary>The whole product without limits on how often, and with a small quota.</summary>
public sealed class GifsProduct : IAsyncLifetime
{
    public const long Quota = 600_000;
    private TestProduct product = null!;

    public Uri Address => product.BaseAddress;

    /// <summary>Files that lie in the store but have no name yet.</summary>
    public int Staged => Directory.EnumerateFiles(product.Services.GetRequiredService<FolderObjectStoreOptions>().Path, "*", SearchOption.AllDirectories)
        .Count(file => !ObjectKey.TryParse(Path.GetFileName(file), out _));

    public async ValueTask InitializeAsync() => product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["Storage:QuotaPerUser"] = $"{Quota}",
    });

    public ValueTask DisposeAsync() => product.DisposeAsync();

    public async Task Execute(string sql, params object[] parameters)
    {
        await using var source = NpgsqlDataSource.Create($"{product.ConnectionString};Search Path=gifshare,public");
        await using var command = source.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.AddWithValue(parameter);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

internal static class GifsApi
{
    public static JsonObject Link() => new()
    {
        ["url"] = $"https://media.example.org/{Guid.NewGuid()}.gif",
        ["width"] = 320,
        ["height"] = 240,
        ["provider"] = "giphy",
    };

    public static async Task<string> NewLinked(this Person person)
    {
        var answer = await person.Send("POST", "/v1/gifs", Link());
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return (string)answer.Json!["id"]!;
    }

    /// <summary>A real animated GIF of about 60 KB that no other call returns.</summary>
    public static byte[] Bytes()
    {
        var sample = Sample("sailing.gif");
        return [.. sample[..^1], 0x21, 0xfe, 16, .. Guid.NewGuid().ToByteArray(), 0, 0x3b];
    }

    public static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    public static MultipartFormDataContent Form(byte[] file, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        form.Add(content, "file", "cat.gif");
        return form;
    }

    public static MultipartFormDataContent With(this MultipartFormDataContent form, string name, string value)
    {
        form.Add(new StringContent(value), name);
        return form;
    }

    public static Task<Answer> Upload(this Person person, byte[] file, params (string Name, string Value)[] fields) =>
        person.Send("POST", "/v1/gifs", Form(file, fields));

    public static async Task<HttpResponseMessage> Raw(this Person person, Uri address, string method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = address };
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        if (person.Access.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", person.Access);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
