using System.Collections.Concurrent;
using GifShare.Fixtures;
using Microsoft.Playwright;

namespace GifShare.Browser.Tests.Site;

/// <summary>An installation with a life of its own that nobody changes, so that all tests may look at its pages at once.</summary>
public sealed class Tour(Func<Task<IBrowser>> browser) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> signedIn = new();
    private readonly ConcurrentDictionary<(string?, ColorScheme, int), Lazy<Task<IPage>>> kept = new();

    private readonly Lazy<Task<(TestProduct Product, DemoWorld World)>> made = new(static async () =>
    {
        var product = await TestProduct.StartAsync(DemoWorld.Settings);
        return (product, await DemoWorld.MakeAsync(new Uri(product.Host.PublicUrl), Path.Combine(RunningProgram.Checkout, "docs", "samples"), CancellationToken.None));
    });

    public async Task<DemoWorld> World() => (await made.Value).World;

    /// <summary>A browser that stays open for the next test: a new one for each costs more than most of them.</summary>
    public Task<IPage> Stay(string? username, ColorScheme scheme, int width) =>
        kept.GetOrAdd((username, scheme, width), _ => new(() => Visit(username, scheme, width))).Value;

    /// <param name="username">Null for a guest.</param>
    public async Task<IPage> Visit(string? username, ColorScheme scheme, int width, bool script = true, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        var state = username is null ? null : await signedIn.GetOrAdd(username, name => new(() => SignIn(name))).Value;
        return await Open(new() { ColorScheme = scheme, JavaScriptEnabled = script, ReducedMotion = motion, StorageState = state }, width);
    }

    public async ValueTask DisposeAsync()
    {
        if (made.IsValueCreated)
            await (await made.Value).Product.DisposeAsync();
    }

    private async Task<string> SignIn(string username)
    {
        var page = await Open(new(), 1440);
        await page.GotoAsync("/login");
        await page.GetByLabel("Username or email").FillAsync(username);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(DemoWorld.Password);
        await page.RunAndWaitForResponseAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Log in", Exact = true }).ClickAsync(), r => r.Status == 303);
        var state = await page.Context.StorageStateAsync();
        await page.Context.CloseAsync();
        return state;
    }

    private async Task<IPage> Open(BrowserNewContextOptions options, int width)
    {
        options.BaseURL = (await World()).Address.ToString();
        options.ViewportSize = new() { Width = width, Height = width < 600 ? 780 : 900 };
        (options.Locale, options.TimezoneId) = ("en-GB", "Europe/London");
        var context = await (await browser()).NewContextAsync(options);
        context.SetDefaultTimeout(RunningSite.DeadlineMilliseconds);
        // The one GIF of another site; there is no other site here.
        await context.RouteAsync("https://media.example.org/**", route =>
            route.FulfillAsync(new() { Path = Path.Combine(RunningProgram.Checkout, "docs", "samples", "sailing.gif") }));
        return await context.NewPageAsync();
    }
}
