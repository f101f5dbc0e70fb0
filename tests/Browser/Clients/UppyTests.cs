using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;

namespace GifShare.Browser.Tests.Clients;

/// <summary>A page of another origin with Uppy in Chromium: <c>@uppy/tus</c>, and <c>@uppy/aws-s3</c> with this product as its companion.</summary>
public sealed class UppyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_arrive_from_a_page_of_another_origin()
    {
        var script = await NpmPackages.BundleAsync("uppy", Cancel);
        using var pages = new HttpListener();
        var origin = Serve(pages, script);
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?> { ["Cors:Origins"] = origin });
        var server = product.Host.PublicUrl.TrimEnd('/');
        using var ada = await ApiClient.RegisterAsync(new Uri(server));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium-headless-shell",
            Args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        });
        var page = await browser.NewPageAsync();
        await page.GotoAsync(origin);
        foreach (var (how, size) in ((string, int)[])[("tus", 7_000_000), ("multipart", 12_000_000), ("form", 300_000)])
        {
            var said = JsonNode.Parse((await page.EvaluateAsync("input => window.send(input)", new { server, token = ada.Token, how, size }))!.Value.GetRawText())!;
            Assert.True(said["failed"]!.AsArray().Count == 0, $"{how}: {said["failed"]}");
            var id = ((string)said["address"]!)[^36..];
            JsonNode media = null!;
            await Eventually.True(async () => (string?)(media = (await ada.GetAsync($"/v1/media/{id}")).IsDone().Json)["status"] is "ready" or "failed", Cancel);
            Assert.Equal(("ready", "söme film.mp4"), ((string)media["status"]!, (string)media["fileName"]!));
            var bytes = (await ada.GetAsync((string)media["renditions"]![0]!["url"]!)).IsDone().Bytes;
            Assert.Equal((string)said["hash"]!, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
    }

    /// <summary>Serves the page on a free port; returns its origin.</summary>
    private static string Serve(HttpListener pages, string script)
    {
        using var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var origin = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        free.Stop();
        pages.Prefixes.Add(origin + "/");
        pages.Start();
        var bytes = Encoding.UTF8.GetBytes($"<!doctype html><meta charset=utf-8><title>A page with Uppy</title><script>{script.Replace("</script", "<\\/script", StringComparison.Ordinal)}</script>");
        _ = Answer();
        return origin;

        async Task Answer()
        {
            try
            {
                while (true)
                {
                    var request = await pages.GetContextAsync();
                    request.Response.ContentType = "text/html; charset=utf-8";
                    await request.Response.OutputStream.WriteAsync(bytes, CancellationToken.None);
                    request.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Ended.
            }
        }
    }
}
