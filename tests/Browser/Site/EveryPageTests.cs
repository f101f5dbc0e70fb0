using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;

namespace GifShare.Browser.Tests.Site;

public sealed class EveryPageInLightTests(RunningSite site) : EveryPage(site, ColorScheme.Light)
{
    public static TheoryData<string, int> Pages => Of(ColorScheme.Light);

    [Theory]
    [MemberData(nameof(Pages))]
    public Task Is_whole(string name, int width) => IsWhole(name, width);
}

public sealed class EveryPageInDarkTests(RunningSite site) : EveryPage(site, ColorScheme.Dark)
{
    public static TheoryData<string, int> Pages => Of(ColorScheme.Dark);

    [Theory]
    [MemberData(nameof(Pages))]
    public Task Is_whole(string name, int width) => IsWhole(name, width);
}

/// <summary>
/// What holds for each page in each theme, on a phone and on a desk: axe-core finds nothing of serious or critical impact, nothing scrolls
/// sideways, nothing moves after the first paint. CI takes pairs (each page in both themes and at both widths); the long form takes all four.
/// With GIFSHARE_SCREENSHOTS=folder each page leaves two pictures there: on a desk in light, on a phone in dark.
/// </summary>
public abstract class EveryPage(RunningSite site, ColorScheme scheme)
{
    private static readonly string? ScreenshotFolder = Environment.GetEnvironmentVariable("GIFSHARE_SCREENSHOTS");

    private static readonly (string Name, string? Who, Func<DemoWorld, string> Path, int Status)[] All =
    [
        ("landing", null, _ => "/", 200),
        ("register", null, _ => "/register", 200),
        ("login", null, _ => "/login", 200),
        ("not-found", null, _ => "/nowhere", 404),
        ("not-found-mine", "ada", _ => "/nowhere", 404),
        ("display", null, _ => "/settings/display", 200),
        ("design", null, _ => "/design", 200),
        ("shared", null, w => w.OpenLink, 200),
        ("shared-password", null, w => w.PasswordLink, 200),
        ("shared-capped", null, w => w.CappedLink, 200),
        ("shared-gone", null, _ => "/s/AAAAAAAAAAAAAAAAAAAAAA", 404),
        ("shared-member", "ben", w => w.OpenLink, 200),
        ("shared-save", "ben", w => w.OpenLink + "/save", 200),
        ("embed", null, w => w.OpenLink.Replace("/s/", "/embed/", StringComparison.Ordinal), 200),
        ("profile", null, _ => "/u/ada", 200),
        ("profile-own", "ben", _ => "/u/ben", 200),
        ("favourites", "ada", _ => "/favorites", 200),
        ("collections", "ada", _ => "/collections", 200),
        ("collections-found", "ada", _ => "/collections?q=e", 200),
        ("collection-new", "ada", _ => "/collections/new", 200),
        ("collection-edit", "ada", w => $"/c/{w.Evenings}/edit", 200),
        ("collection-share", "ada", w => $"/c/{w.Reactions}/share", 200),
        ("collection-share-public", "ada", w => $"/c/{w.Evenings}/share", 200),
        ("collection-other", "ben", w => "/c/" + w.Evenings, 200),
        ("trash", "ada", _ => "/trash", 200),
        ("settings", "ada", _ => "/settings", 200),
        ("settings-account", "ada", _ => "/settings/account", 200),
        ("settings-account-delete", "ada", _ => "/settings/account/delete", 200),
        ("settings-sessions", "ada", _ => "/settings/sessions", 200),
        ("restore-account", null, _ => "/restore-account?done=account-deleted", 200),
        ("collection", "ada", w => "/c/" + w.Evenings, 200),
        ("collection-odd", "ada", w => "/c/" + w.Odd, 200),
        ("collection-kept", "ben", w => "/c/" + w.Kept, 200),
        ("item-kept", "ben", w => $"/c/{w.Kept}/items/{w.KeptAndHidden}", 200),
        ("collection-empty", "ada", w => "/c/" + w.Empty, 200),
        ("collection-public", null, w => "/c/" + w.Evenings, 200),
        ("collection-add", "ada", w => $"/c/{w.Evenings}/add", 200),
        ("collection-add-address", "ada", w => $"/c/{w.Evenings}/add?address=tenor.com/view/cat", 200),
        ("collection-pick", "ada", w => $"/c/{w.Evenings}/pick?do=copy", 200),
        ("collection-pick-search", "ada", w => $"/c/{w.Evenings}/pick?do=copy&q=e", 200),
        ("shared-save-search", "ben", w => w.OpenLink + "/save?q=nothing+like+it", 200),
        ("collection-by-name", "ada", w => $"/c/{w.Evenings}?sort=name", 200),
        ("ops", "ada", _ => "/ops", 200),
        ("ops-refused", "ben", _ => "/ops", 404),
    ];

    protected static TheoryData<string, int> Of(ColorScheme scheme) => new(All.SelectMany((page, n) => new[] { (page.Name, 360), (page.Name, 1440) }
        .Where(one => FaultScale.IsLong || (one.Item2 == 1440) == (scheme == ColorScheme.Light) == (ScreenshotFolder is not null || n % 2 == 0))));

    protected async Task IsWhole(string name, int width)
    {
        var (_, who, path, status) = All.Single(p => p.Name == name);
        var world = await site.Tour.World();
        var page = await site.Tour.Stay(who, scheme, width);
        var answer = await page.GotoAsync(path(world), new() { WaitUntil = WaitUntilState.Load });
        Assert.Equal(status, answer!.Status);
        // Everything that comes later by scrolling is on the picture, and in what axe sees.
        await page.EvaluateAsync("document.querySelectorAll('img[loading=lazy]').forEach(i => { i.loading = 'eager' })");
        await page.EvaluateAsync("Promise.all([...document.images].map(i => i.decode().catch(() => {})))");
        if (ScreenshotFolder is not null && (scheme == ColorScheme.Light) == (width == 1440))
            await page.ScreenshotAsync(new() { Path = Path.Combine(ScreenshotFolder, $"{name}{(width == 360 ? "-phone" : "")}.png"), FullPage = true });

        Assert.Equal("", await Accessibility.Troubles(page));
        Assert.True(
            await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), $"{name} scrolls sideways at {width} px");
        Assert.Equal(0, await Shift(page), 0.005);
        // GIFs that nobody looks at play on, and cost the others time.
        await page.GotoAsync("about:blank");
    }

    [Fact]
    public async Task Axe_sees_what_is_wrong()
    {
        var page = await site.Tour.Visit(null, scheme, 1440);
        await page.GotoAsync("/login");
        await page.EvaluateAsync("document.querySelector('main').append(document.createElement('input'))");
        Assert.StartsWith("critical label: ", await Accessibility.Troubles(page), StringComparison.Ordinal);
        await page.Context.CloseAsync();
    }

    /// <summary>Cumulative layout shift (web.dev/cls): 0 nothing moved, below 0.1 is called good.</summary>
    private static Task<double> Shift(IPage page) => page.EvaluateAsync<double>("""
        new Promise(done => {
            const observer = new PerformanceObserver(() => {});
            observer.observe({ type: 'layout-shift', buffered: true });
            requestAnimationFrame(() => setTimeout(() => done(observer.takeRecords().filter(e => !e.hadRecentInput).reduce((sum, e) => sum + e.value, 0))));
        })
        """);
}
