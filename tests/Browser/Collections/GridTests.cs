using System.Globalization;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>The grid of GIFs: rows, long collections, the keyboard, motion.</summary>
public sealed class GridTests(RunningSite site) : Journey(site)
{
    private const int Long = 10_000;

    /// <summary>Every element of the page, not only of the grid.</summary>
    private const int MostNodes = 6_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(360, 1)]
    [InlineData(360, 2)]
    [InlineData(360, 3)]
    [InlineData(360, 50)]
    [InlineData(1440, 1)]
    [InlineData(1440, 2)]
    [InlineData(1440, 3)]
    [InlineData(1440, 50)]
    public async Task Rows_are_full_and_evenly_high_with_and_without_a_script(int width, int count)
    {
        using var gallery = await Gallery(count);
        var rows = new List<string>();
        foreach (var script in new[] { false, true })
        {
            var guest = await Visit(width, script);
            await guest.Open(gallery.Link);
            await Expect(guest.Tiles).ToHaveCountAsync(count);
            rows.Add(string.Join('\n', await Boxes(guest)));
            var room = await guest.Page.Locator(".grid").EvaluateAsync<double>("e => e.getBoundingClientRect().width");
            var lines = (await Measured(guest)).GroupBy(box => Math.Round(box.Top)).OrderBy(line => line.Key).ToArray();
            Assert.All(lines, line => Assert.InRange(line.Max(b => b.Height) - line.Min(b => b.Height), 0, 1.1));
            Assert.All(lines, line => Assert.InRange(line.First().Height, 60, 430));
            foreach (var line in lines.SkipLast(1))
                Assert.InRange(line.Max(b => b.Left + b.Width) - line.Min(b => b.Left), room * 0.55, room + 1);
            // On a desk nearly every row is full; on a phone a tall picture beside a wide one may stand alone.
            if (width > 1000 && count == 50)
                Assert.All(lines.SkipLast(1), line => Assert.InRange(line.Max(b => b.Left + b.Width) - line.Min(b => b.Left), room - 2, room + 1));
            await guest.Photograph($"grid-{count}{(script ? "" : "-plain")}");
        }

        Assert.Equal(rows[0], rows[1]);
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1440)]
    public async Task The_script_reckons_the_rows_as_the_browser_lays_them(int width)
    {
        using var gallery = await Gallery(400);
        var guest = await Visit(width);
        await guest.Open(gallery.Link);
        await Eventually.True(
            async () =>
            {
                await guest.Page.EvaluateAsync("scrollTo(0, document.body.scrollHeight)");
                return await guest.Page.Locator($"#gif-{gallery.Gifs[^1]}").CountAsync() == 1;
            },
            Cancel, TimeSpan.FromMinutes(1));
        // Without windowing, the same tiles are exactly as high as the spaces said.
        var windowed = await guest.Page.Locator(".grid").EvaluateAsync<double>("e => e.getBoundingClientRect().height");
        var whole = await guest.Page.EvaluateAsync<double>(
            """
            async () => {
              const list = document.querySelector('.grid');
              const { grid } = await import([...document.scripts].find(s => s.src.endsWith('gifs.js')).src.replace('gifs.js', 'grid.js'));
              const all = list.cloneNode(false);
              all.classList.remove('cut');
              for (const id of grid.items()) all.append(await grid.load(id).then(li => li.cloneNode(true)));
              list.after(all);
              const height = all.getBoundingClientRect().height;
              all.remove();
              return height;
            }
            """);
        Assert.Equal(whole, windowed, 12);
    }

    [Fact]
    public async Task Ten_thousand_gifs_stay_few_nodes_and_back_returns_to_the_place()
    {
        using var gallery = await Gallery(Long);
        var guest = await Visit(1440);
        await guest.Open(gallery.Link);
        await Expect(guest.Tiles.First).ToBeVisibleAsync();

        // Down through many pages, as fast as they come.
        var most = 0;
        await Eventually.True(
            async () =>
            {
                await guest.Page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight)");
                most = Math.Max(most, await guest.Page.EvaluateAsync<int>("document.querySelectorAll('*').length"));
                return await Known(guest) >= 3_000;
            },
            Cancel, TimeSpan.FromMinutes(3));
        Assert.InRange(most, 100, MostNodes);

        // Somewhere in the middle, then away and back.
        await guest.Page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight / 2)");
        await Settled(guest);
        var (seen, offset) = await AtTop(guest);
        await guest.Open("/login");
        await guest.Arrive(() => guest.Page.GoBackAsync());
        await Settled(guest);
        var (again, after) = await AtTop(guest);
        Assert.Equal((seen, true), (again, Math.Abs(offset - after) < 3));
        Assert.InRange(await guest.Page.EvaluateAsync<int>("document.querySelectorAll('*').length"), 100, MostNodes);
        Assert.True(await Known(guest) >= 3_000);

        // Another width keeps the GIF that is at the top.
        await guest.Page.SetViewportSizeAsync(700, 900);
        await Settled(guest);
        var narrow = await guest.Page.EvaluateAsync<bool>(
            "id => { const b = document.getElementById('gif-' + id)?.getBoundingClientRect(); return b !== undefined && b.bottom > -200 && b.top < innerHeight; }", seen);
        Assert.True(narrow);
    }

    [Fact]
    public async Task Without_a_script_pages_follow_each_other_by_links()
    {
        using var gallery = await Gallery(170);
        var guest = await Visit(script: false);
        await guest.Open(gallery.Link);
        await Expect(guest.Tiles).ToHaveCountAsync(50);
        await guest.Click(guest.Link("More"));
        await Expect(guest.Tiles).ToHaveCountAsync(100);
        await guest.Click(guest.Link("More"));
        await Expect(guest.Tiles).ToHaveCountAsync(20);
        await Expect(guest.Link("More")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_keyboard_moves_through_the_grid()
    {
        using var gallery = await Gallery(230);
        var guest = await Visit(1440);
        await guest.Open(gallery.Link);
        await guest.TabTo(guest.Page.Locator($"#gif-{gallery.Gifs[0]} .open"));
        async Task Press(string key, int expected)
        {
            await guest.Page.Keyboard.PressAsync(key);
            await Expect(guest.Page.Locator($"#gif-{gallery.Gifs[expected]} .open")).ToBeFocusedAsync();
            Assert.True(await guest.Page.EvaluateAsync<bool>("() => { const b = document.activeElement.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight + 1; }"));
        }

        await Press("ArrowRight", 1);
        await Press("ArrowRight", 2);
        await Press("ArrowLeft", 1);
        await guest.Page.Keyboard.PressAsync("ArrowDown");
        await guest.Page.Keyboard.PressAsync("ArrowUp");
        await Press("Home", 0);
        for (var i = 0; i < 8; i++)
            await guest.Page.Keyboard.PressAsync("PageDown");
        await Press("End", 229);
        await Press("Home", 0);

        // One stop for Tab, whatever is in the grid.
        await guest.Page.Keyboard.PressAsync("Tab");
        Assert.False(await guest.Page.EvaluateAsync<bool>("document.activeElement.closest('.grid') !== null"));
        await guest.Page.Keyboard.PressAsync("?");
        await Expect(guest.Page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard shortcuts" })).ToBeVisibleAsync();
        await guest.Page.Keyboard.PressAsync("Escape");
        await Expect(guest.Page.Locator("dialog[open]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Who_wants_less_motion_sees_stills_and_plays_them_one_by_one()
    {
        using var gallery = await Gallery(3);
        var guest = await Visit(motion: ReducedMotion.Reduce);
        await guest.Open(gallery.Link);
        var first = guest.Tiles.First;
        await Eventually.True(() => first.Locator("img").EvaluateAsync<bool>("i => i.complete && i.currentSrc.endsWith('&still=1')"), Cancel);
        var before = await first.Locator("img").ScreenshotAsync();
        await first.GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await Eventually.True(() => first.Locator("img").EvaluateAsync<bool>("i => i.complete && !i.currentSrc.includes('still')"), Cancel);
        await Eventually.True(async () => !(await first.Locator("img").ScreenshotAsync()).AsSpan().SequenceEqual(before), Cancel, TimeSpan.FromMinutes(1));
        await first.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Eventually.True(() => first.Locator("img").EvaluateAsync<bool>("i => i.currentSrc.endsWith('&still=1')"), Cancel);
        await guest.Photograph("grid-still");

        var moving = await Visit();
        await moving.Open(gallery.Link);
        await Expect(moving.Page.Locator(".play").First).ToBeHiddenAsync();
        Assert.False(await moving.Pictures.First.EvaluateAsync<bool>("i => i.currentSrc.includes('still')"));
    }

    [Fact]
    public async Task Gifs_of_other_sites_wait_until_they_are_asked_for()
    {
        using var gallery = await Gallery(2);
        var linked = (await gallery.Api.PostAsync("/v1/gifs", new { url = "https://media.example.org/x.gif", width = 480, height = 360, provider = "giphy", title = "Elsewhere" })).IsDone();
        (await gallery.Api.PostAsync($"/v1/collections/{gallery.Id}/items", new { gifId = (string)linked["id"]! })).IsDone();
        var tile = $"#gif-{linked["id"]}";
        var picture = await File.ReadAllBytesAsync(Visitor.Samples.First(), Cancel);
        foreach (var (asks, motion) in new[] { (true, ReducedMotion.NoPreference), (false, ReducedMotion.Reduce) })
        {
            var guest = await Visit(motion: motion);
            if (asks)
                await guest.Page.Context.AddCookiesAsync([new() { Name = "gifshare-look", Value = "system.ask.system", Url = (await Address()).ToString() }]);
            var asked = 0;
            await guest.Page.RouteAsync("https://media.example.org/**", route =>
            {
                Interlocked.Increment(ref asked);
                Assert.False(route.Request.Headers.ContainsKey("referer"));
                return route.FulfillAsync(new() { BodyBytes = picture, ContentType = "image/gif" });
            });
            await guest.Open(gallery.Link);
            await Eventually.True(() => guest.Page.Locator(tile).Locator("img").EvaluateAsync<bool>("i => i.complete && i.naturalWidth > 0"), Cancel);
            Assert.Equal(0, asked);
            await guest.Photograph(asks ? "grid-linked-asks" : "grid-linked-still");

            // Large it waits as well.
            await guest.Page.Locator(tile).Locator(".open").ClickAsync(new() { Position = new() { X = 15, Y = 15 } });
            await Expect(guest.Page.Locator(".lightbox [data-show]")).ToBeVisibleAsync();
            Assert.Equal(0, asked);
            await guest.Page.Keyboard.PressAsync("Escape");
            await guest.Page.Locator(tile).GetByRole(AriaRole.Link, new() { Name = "Show from media.example.org" }).ClickAsync();
            await Eventually.True(() => guest.Page.Locator(tile).Locator("img").EvaluateAsync<bool>("i => i.complete && i.currentSrc.startsWith('https://media.example.org/')"), Cancel);
            Assert.Equal(1, asked);
        }
    }

    [Fact]
    public async Task A_page_left_open_asks_for_fresh_addresses_of_its_pictures()
    {
        using var gallery = await Gallery(2);
        var guest = await Visit();
        await guest.Open(gallery.Link);
        await guest.SeesPictures(2, Cancel);
        // As when the address has ended meanwhile.
        await guest.Tiles.First.Locator("img").EvaluateAsync("i => { i.src = '/media/ended'; }");
        await Eventually.True(() => guest.Tiles.First.Locator("img").EvaluateAsync<bool>("i => i.complete && i.naturalWidth > 0"), Cancel, TimeSpan.FromMinutes(1));
        guest.Forgive();
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1440)]
    public async Task Odd_titles_stay_in_their_tiles(int width)
    {
        string[] texts = ["مرحبا بالعالم שלום עולם", "🎉👩‍👩‍👧‍👦🏳️‍🌈", new string('w', 200), "Ein sehr langer Titel der immer weiter geht und kein Ende nimmt, weil jemand viel zu sagen hatte"];
        using var gallery = await Gallery(24, i => new Piece(i % 3 == 0 ? 200 : 480, 320, texts[i % 4], i % 2 == 0 ? null : "What is to be seen", i % 5 == 0 ? texts[(i + 1) % 4] : null));
        var guest = await Visit(width);
        await guest.Open(gallery.Link);
        await guest.Tiles.Nth(1).HoverAsync();
        await Expect(guest.Tiles.Nth(1).Locator("figcaption")).ToBeVisibleAsync();
        var spills = await guest.Page.EvaluateAsync<int>(
            "[...document.querySelectorAll('.tile figcaption')].filter(c => { const t = c.closest('.tile').getBoundingClientRect(), b = c.getBoundingClientRect(); return b.left < t.left - 1 || b.right > t.right + 1; }).length");
        Assert.Equal(0, spills);
        Assert.Equal("rtl", await guest.Tiles.First.Locator(".title").EvaluateAsync<string>("e => getComputedStyle(e).direction"));
        await guest.Photograph("grid-odd");
    }

    private static Task<int> Known(Visitor guest) => guest.Page.EvaluateAsync<int>(
        "async () => (await import([...document.scripts].find(s => s.src.endsWith('gifs.js')).src.replace('gifs.js', 'grid.js'))).grid.items().length");

    /// <summary>All tiles in the window have come.</summary>
    private static Task Settled(Visitor guest) => Eventually.True(
        () => guest.Page.EvaluateAsync<bool>(
            """
            () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
              const seen = [...document.querySelectorAll('.tile')].filter(t => { const b = t.getBoundingClientRect(); return b.bottom > 0 && b.top < innerHeight; });
              done(seen.length > 0 && seen.every(t => t.dataset.gif));
            })))
            """),
        Cancel, TimeSpan.FromMinutes(1));

    private static async Task<(string Id, double Offset)> AtTop(Visitor guest)
    {
        var text = await guest.Page.EvaluateAsync<string>(
            "(() => { const t = [...document.querySelectorAll('.tile')].find(t => t.getBoundingClientRect().bottom > 0); return t.dataset.gif + ' ' + t.getBoundingClientRect().top; })()");
        return (text.Split(' ')[0], double.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    private static async Task<IReadOnlyList<string>> Boxes(Visitor guest) =>
        [.. (await Measured(guest)).Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Left:0} {b.Top:0} {b.Width:0} {b.Height:0}"))];

    private static async Task<IReadOnlyList<(double Left, double Top, double Width, double Height)>> Measured(Visitor guest)
    {
        var numbers = await guest.Page.EvaluateAsync<double[]>(
            "(() => { const g = document.querySelector('.grid').getBoundingClientRect(); return [...document.querySelectorAll('.tile')].flatMap(t => { const b = t.getBoundingClientRect(); return [b.left - g.left, b.top - g.top, b.width, b.height]; }); })()");
        return [.. numbers.Chunk(4).Select(n => (n[0], n[1], n[2], n[3]))];
    }
}
