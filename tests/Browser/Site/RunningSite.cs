using GifShare.Browser.Tests.Collections;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(GifShare.Browser.Tests.Site.RunningSite))]

namespace GifShare.Browser.Tests.Site;

/// <summary>The running product and one browser, shared by all journeys of a run and started by the first of them.</summary>
public sealed class RunningSite : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium-headless-shell";

    /// <summary>Generous: a deadline that a busy machine misses says nothing about the product.</summary>
    public const int DeadlineMilliseconds = 60_000;

    /// <summary>The smallest that there are, so that a file of some megabytes has several.</summary>
    public const int PartBytes = 5 << 20;

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly Lazy<Task<Running>> running = new(StartAsync);

    public RunningSite() => Tour = new(async () => (await running.Value).Browser);

    public Tour Tour { get; }

    public async Task<string> Database() => (await running.Value).Product.ConnectionString;

    public async Task<Uri> Address() => (await running.Value).Address;

    /// <summary>Makes somebody an administrator, as the operator does at the console.</summary>
    public async Task Promote(string username)
    {
        var grains = (await running.Value).Product.Services.GetRequiredService<IGrainFactory>();
        await grains.User((await grains.Accounts().FindByUsername(username))!.Value).Promote();
    }

    /// <summary>A browser of its own for one person: no cookie, no cache of anybody else.</summary>
    /// <param name="through">Another address that leads to the product.</param>
    public async Task<Visitor> Visit(int width, bool script, string? zone = null, Uri? through = null, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        var (_, _, browser, address) = await running.Value;
        address = through ?? address;
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            // Signed by the test itself.
            IgnoreHTTPSErrors = through is { Scheme: "https" },
            ViewportSize = new() { Width = width, Height = width < 600 ? 740 : 800 },
            JavaScriptEnabled = script,
            ReducedMotion = motion,
            HasTouch = width < 600,
            ColorScheme = width < 600 ? ColorScheme.Dark : ColorScheme.Light,
            Locale = "en-GB",
            TimezoneId = zone,
        });
        context.SetDefaultTimeout(DeadlineMilliseconds);
        return await Visitor.Enter(context, address);
    }

    public async ValueTask DisposeAsync()
    {
        await Tour.DisposeAsync();
        if (!running.IsValueCreated)
            return;
        var (product, playwright, browser, _) = await running.Value;
        await browser.DisposeAsync();
        playwright.Dispose();
        await product.DisposeAsync();
    }

    private static async Task<Running> StartAsync()
    {
        if (!File.Exists(Chromium))
            throw new InvalidOperationException($"{Chromium} is missing. `./gifshare test` installs it, or: apt-get install chromium-headless-shell fonts-liberation");
        Assertions.SetDefaultExpectTimeout(DeadlineMilliseconds);
        // All these people share one address.
        var product = await TestProduct.StartAsync(new Dictionary<string, string?>
        {
            ["Media:PartBytes"] = $"{PartBytes}",
            ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
            ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
            ["RateLimits:ReadsPerMinutePerAddress"] = "0",
        });
        try
        {
            // The first account runs the installation: none of the people of the journeys shall be it by chance.
            (await ApiClient.RegisterAsync(new Uri(product.Host.PublicUrl), "olive.root")).Dispose();
            var playwright = await Playwright.CreateAsync();
            var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = Arguments, Timeout = DeadlineMilliseconds });
            return new(product, playwright, browser, new Uri(product.Host.PublicUrl));
        }
        catch
        {
            await product.DisposeAsync();
            throw;
        }
    }

    private sealed record Running(TestProduct Product, IPlaywright Playwright, IBrowser Browser, Uri Address);
}

/// <summary>People who came to the site in one test. Whatever went wrong in their browsers fails the test, whether it looked there or not.</summary>
public abstract class Journey(RunningSite site) : IAsyncDisposable
{
    private readonly List<Visitor> visitors = [];

    protected static string NewName() => "u" + Guid.NewGuid().ToString("N")[..12];

    protected async Task<Visitor> Visit(
        int width = 1280, bool script = true, string? zone = null, Uri? through = null, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        var visitor = await site.Visit(width, script, zone, through, motion);
        visitors.Add(visitor);
        return visitor;
    }

    /// <summary>Somebody who has just registered.</summary>
    protected async Task<Visitor> Member(Uri? through = null)
    {
        var visitor = await Visit(through: through);
        await visitor.Register(NewName());
        return visitor;
    }

    protected Task<Uri> Address() => site.Address();

    protected Task Promote(string username) => site.Promote(username);

    /// <summary>A member of their own with a collection of so many GIFs.</summary>
    internal Task<Gallery> Gallery(int count, Func<int, Piece>? piece = null) => Collections.Gallery.Make(site, NewName(), count, piece);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var visitor in visitors)
            await visitor.DisposeAsync();
        Assert.Empty(visitors.SelectMany(v => v.Troubles));
    }
}
