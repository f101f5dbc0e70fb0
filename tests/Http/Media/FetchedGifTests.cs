using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GifShare.Http.Tests.Media;

/// <summary>Gifs whose bytes are fetched from an address. The other site is a server of this test, on a network that the setting allows.</summary>
public sealed class FetchedGifTests : IAsyncLifetime
{
    private readonly byte[] gif = GifFiles.Animation();
    private TestProduct product = null!;
    private WebApplication site = null!;
    private string address = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        site = builder.Build();
        site.MapGet("/sailing.gif", () => Results.Bytes(gif, "image/gif"));
        site.MapGet("/text.gif", () => Results.Text("no picture", "image/gif"));
        await site.StartAsync(Cancel);
        address = site.Urls.Single();
        product = await TestProduct.StartAsync(new Dictionary<string, string?> { ["Fetch:AllowNetworks"] = "127.0.0.1/32" });
    }

    public async ValueTask DisposeAsync()
    {
        await product.DisposeAsync();
        await site.DisposeAsync();
    }

    [Fact]
    public async Task An_address_without_a_size_is_fetched_and_kept()
    {
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var body = new JsonObject { ["url"] = address + "/sailing.gif", ["title"] = "Sailing" };
        var made = (await ada.PostAsync("/v1/gifs", body.DeepClone())).Is(HttpStatusCode.Created);
        Assert.Equal(("processing", "web"), ((string)made["status"]!, (string)made["provider"]!));
        var kept = await SettledAsync(ada, made);
        Assert.Equal(("ready", "Sailing", "image/gif"), ((string)kept["status"]!, (string)kept["title"]!, (string)kept["contentType"]!));
        await site.StopAsync(Cancel);
        Assert.Equal((long)kept["size"]!, (await ada.GetAsync((string)kept["url"]!)).Is(HttpStatusCode.OK).Bytes.LongLength);
        Assert.Equal((long)kept["size"]!, await ada.StorageUsedAsync());
        Assert.Equal((string)made["id"]!, (string)(await ada.PostAsync("/v1/gifs", body)).Is(HttpStatusCode.OK)["id"]!);
    }

    [Fact]
    public async Task What_is_no_picture_fails()
    {
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var made = (await ada.PostAsync("/v1/gifs", new JsonObject { ["url"] = address + "/text.gif" })).Is(HttpStatusCode.Created);
        Assert.Equal("failed", (string)(await SettledAsync(ada, made))["status"]!);
    }

    [Fact]
    public async Task An_address_that_is_not_public_fails()
    {
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var made = (await ada.PostAsync("/v1/gifs", new JsonObject { ["url"] = "https://10.0.0.1/a.gif" })).Is(HttpStatusCode.Created);
        Assert.Equal("failed", (string)(await SettledAsync(ada, made))["status"]!);
        Assert.Equal("/media/failed.svg", (string)(await ada.GetAsync($"/v1/gifs/{made["id"]}"))["url"]!);
        Assert.Equal(0, await ada.StorageUsedAsync());
    }

    private static async Task<JsonNode> SettledAsync(ApiClient client, Answer made)
    {
        JsonNode gif = null!;
        await Eventually.True(async () => (string?)(gif = (await client.GetAsync($"/v1/gifs/{made["id"]}")).IsDone().Json)["status"] != "processing", Cancel);
        return gif;
    }
}
