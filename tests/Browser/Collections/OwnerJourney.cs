using System.Text.Json.Nodes;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>Journeys of somebody who has a collection already, made through the API, and looks at it.</summary>
public abstract class OwnerJourney(RunningSite site) : Journey(site)
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected async Task<Owner> Enter(int gifs = 0, int width = 1280, bool script = true, Uri? through = null)
    {
        var visitor = await Visit(width, script, through: through);
        var owner = new Owner(visitor, await ApiClient.RegisterAsync(await Address()));
        await owner.Begin(gifs);
        return owner;
    }

    /// <summary>A small picture whose bytes nobody else has: another palette.</summary>
    protected static FilePayload Picture(string name) => new() { Name = name, MimeType = "image/gif", Buffer = Owner.Pixels() };

    /// <summary>One of so many parts: comments make it large, and are gone when it is stored.</summary>
    protected static FilePayload LargePicture(string name, int parts = 3)
    {
        var small = Owner.Pixels();
        byte[] block = [255, .. Enumerable.Repeat((byte)'x', 255)];
        var blocks = (int)(((parts - 0.5) * RunningSite.PartBytes) / block.Length);
        return new() { Name = name, MimeType = "image/gif", Buffer = [.. small[..^1], 0x21, 0xfe, .. Enumerable.Repeat(block, blocks).SelectMany(b => b), 0, 0x3b] };
    }
}

/// <summary>The person at the browser, and what the API says of their collection.</summary>
public sealed class Owner(Visitor visitor, ApiClient api) : IDisposable
{
    private static readonly byte[] Sample = File.ReadAllBytes(Path.Combine(RunningProgram.Checkout, "tests", "Rules", "Media", "Samples", "still.gif"));

    public Visitor Visitor => visitor;

    public IPage Page => visitor.Page;

    public string Username => api.Username;

    public string Collection { get; private set; } = "";

    public List<string> Gifs { get; } = [];

    public ILocator Tiles => Page.Locator("li[data-gif]");

    public ILocator Toast => Page.Locator(".toast").Last;

    public ILocator Dialog => Page.Locator("dialog[open]");

    public ILocator Uploads => Page.Locator("body > [data-tray] li");

    public ILocator Chosen => Page.Locator("[data-select-count]");

    public ILocator Tile(int place) => Tiles.Nth(place);

    public static byte[] Pixels()
    {
        var bytes = (byte[])Sample.Clone();
        Guid.NewGuid().TryWriteBytes(bytes.AsSpan(13));
        return bytes;
    }

    public async Task Begin(int gifs)
    {
        Collection = await NewCollection("Loops");
        for (var i = 0; i < gifs; i++)
        {
            Gifs.Add((string)(await api.UploadAsync($"/v1/collections/{Collection}/items", Pixels(), "x.gif", ("title", $"Number {i + 1}"))).IsDone()["gif"]!["id"]!);
        }

        await visitor.SignIn(api.Username, Visitor.Password);
        await Look();
    }

    public async Task Look()
    {
        await visitor.Open("/c/" + Collection);
        await Expect(visitor.Heading("Loops")).ToBeVisibleAsync();
    }

    public Task<string> NewCollection(string name) => api.NewCollectionAsync("private", name);

    public async Task<string> CollectionNamed(string name) =>
        (string)(await api.GetAsync("/v1/collections"))["items"]!.AsArray().Single(c => (string)c!["name"]! == name)!["id"]!;

    public async Task<JsonArray> Items(string? collection = null) =>
        (await api.GetAsync($"/v1/collections/{collection ?? Collection}/items?limit=100"))["items"]!.AsArray();

    public async Task<JsonNode> Read(string path) => (await api.GetAsync(path)).IsDone().Json;

    public async Task Delete(string path) => (await api.DeleteAsync(path)).IsDone();

    public async Task<List<string>> Order(string? collection = null) => [.. (await Items(collection)).Select(item => (string)item!["gif"]!["id"]!)];

    public async Task Remove(string gif) => (await api.DeleteAsync($"/v1/collections/{Collection}/items/{gif}")).IsDone();

    /// <summary>On the server and on the page, in this order; places count from 0 in the order at the beginning.</summary>
    public async Task HasOrder(params int[] places)
    {
        string[] expected = [.. places.Select(place => Gifs[place])];
        await Eventually.True(async () => (await Order()).SequenceEqual(expected), TestContext.Current.CancellationToken, TimeSpan.FromMinutes(1));
        await ShowsOrder(places);
    }

    public async Task ShowsOrder(params int[] places)
    {
        string[] expected = [.. places.Select(place => Gifs[place])];
        await Eventually.True(
            async () => (await Page.EvaluateAsync<string[]>("[...document.querySelectorAll('li[data-gif]')].map(e => e.dataset.gif)")).SequenceEqual(expected),
            TestContext.Current.CancellationToken, TimeSpan.FromMinutes(1));
    }

    public async Task FocusTile(int place)
    {
        await Tile(place).Locator(".open").FocusAsync();
        await Expect(Tile(place).Locator(".open")).ToBeFocusedAsync();
    }

    /// <summary>What axe-core calls serious or critical is not there; good practice counts too. Only with scripts: it waits for promises.</summary>
    public async Task IsAccessible(string where)
    {
        var troubles = await Accessibility.Troubles(Page);
        Assert.True(troubles.Length == 0, $"{where}: {troubles}");
    }

    public void Dispose() => api.Dispose();
}
