using System.Globalization;
using System.Text.Json;
using GifShare.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

// Lighthouse's two profiles: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md
(string Name, int Width, double LatencyMs, double BitsPerSecond, int CpuSlowdown)[] lines =
[
    ("desk: 40 ms, 10 Mbit/s", 1440, 40, 10_240_000, 1),
    ("phone on slow 4G: 150 ms, 1.6 Mbit/s, CPU 4x slower", 360, 150, 1_638_400, 4),
];
const int Rounds = 5;

await using var product = await TestProduct.StartAsync(DemoWorld.Settings);
var samples = Path.Combine(args is [{ } root] ? root : Directory.GetCurrentDirectory(), "docs", "samples");
var world = await DemoWorld.MakeAsync(new Uri(product.Host.PublicUrl), samples, CancellationToken.None);

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
await using var bare = builder.Build();
bare.Urls.Add("http://127.0.0.1:0");
bare.MapGet("/", () => Results.Content("<!doctype html><html lang=en><meta charset=utf-8><title>Bare</title><h1>Bare</h1>", "text/html"));
await bare.StartAsync();

using var playwright = await Playwright.CreateAsync();
await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium-headless-shell", Args = ["--no-sandbox", "--disable-gpu"] });
var ada = await SignInAsync();

(string Name, string Address, bool IsAda)[] pages =
[
    ("(an empty page of a bare server)", bare.Urls.First(), false),
    ("landing", At("/"), false),
    ("log in", At("/login"), false),
    ("shared collection, 6 GIFs", At(world.OpenLink), false),
    ("public collection, 15 GIFs", At("/c/" + world.Evenings), false),
    ("my collections", At("/collections"), true),
    ("my collection, 15 GIFs", At("/c/" + world.Evenings), true),
];

foreach (var line in lines)
{
    Console.WriteLine($"\n{line.Name} (cold cache, median of {Rounds}; in brackets the worst)\n");
    Console.WriteLine("| page | without images | images | requests | first paint | largest paint | its ratio to the empty page | layout shift |");
    Console.WriteLine("|---|---|---|---|---|---|---|---|");
    double empty = 0;
    foreach (var (name, address, isAda) in pages)
    {
        List<Visit> visits = [];
        for (var round = 0; round < Rounds; round++)
            visits.Add(await VisitAsync(line, address, isAda));
        var largest = visits.Select(v => v.Largest).Order().ToArray();
        empty = empty == 0 ? largest[Rounds / 2] : empty;
        var median = visits.OrderBy(v => v.Largest).ElementAt(Rounds / 2);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {median.Bytes / 1024.0:F1} KB | {median.ImageBytes / 1024.0:F0} KB | {median.Requests} | {median.First:F0} ms | {median.Largest:F0} ms ({largest[^1]:F0}) | {median.Largest / empty:F1} | {median.Shift:F3} |"));
    }
}

string At(string path) => new Uri(world.Address, path).ToString();

async Task<string> SignInAsync()
{
    await using var context = await browser.NewContextAsync();
    var page = await context.NewPageAsync();
    await page.GotoAsync(At("/login"));
    await page.GetByLabel("Username or email").FillAsync("ada");
    await page.GetByLabel("Password", new() { Exact = true }).FillAsync(DemoWorld.Password);
    await page.GetByRole(AriaRole.Button, new() { Name = "Log in", Exact = true }).ClickAsync();
    await page.WaitForURLAsync("**/collections");
    return await context.StorageStateAsync();
}

async Task<Visit> VisitAsync((string Name, int Width, double LatencyMs, double BitsPerSecond, int CpuSlowdown) line, string address, bool isAda)
{
    await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = line.Width, Height = 800 }, StorageState = isAda ? ada : null });
    var page = await context.NewPageAsync();
    var devtools = await context.NewCDPSessionAsync(page);
    await devtools.SendAsync("Network.enable");
    await devtools.SendAsync("Network.emulateNetworkConditions", new()
    {
        ["offline"] = false,
        ["latency"] = line.LatencyMs,
        ["downloadThroughput"] = line.BitsPerSecond / 8,
        ["uploadThroughput"] = line.BitsPerSecond / 16,
    });
    await devtools.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = line.CpuSlowdown });
    Dictionary<string, bool> isImage = [];
    double bytes = 0, imageBytes = 0;
    devtools.Event("Network.responseReceived").OnEvent += (_, e) =>
        isImage[e!.Value.GetProperty("requestId").GetString()!] = e.Value.GetProperty("type").GetString() == "Image" && !e.Value.GetProperty("response").GetProperty("url").GetString()!.Contains("/assets/", StringComparison.Ordinal);
    devtools.Event("Network.loadingFinished").OnEvent += (_, e) =>
    {
        var size = e!.Value.GetProperty("encodedDataLength").GetDouble();
        if (isImage.GetValueOrDefault(e.Value.GetProperty("requestId").GetString()!))
            imageBytes += size;
        else
            bytes += size;
    };
    await page.GotoAsync(address, new() { WaitUntil = WaitUntilState.NetworkIdle, Timeout = 120_000 });
    var seen = await page.EvaluateAsync<JsonElement>("""
        new Promise(done => {
            const seen = { first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0, largest: 0, shift: 0 };
            new PerformanceObserver(list => list.getEntries().forEach(e => { seen.largest = e.startTime })).observe({ type: 'largest-contentful-paint', buffered: true });
            new PerformanceObserver(list => list.getEntries().forEach(e => { seen.shift += e.value })).observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => done(seen), 200);
        })
        """);
    return new(bytes, imageBytes, isImage.Count, seen.GetProperty("first").GetDouble(), seen.GetProperty("largest").GetDouble(), seen.GetProperty("shift").GetDouble());
}

internal sealed record Visit(double Bytes, double ImageBytes, int Requests, double First, double Largest, double Shift);
