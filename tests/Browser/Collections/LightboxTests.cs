using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>One GIF, large.</summary>
public sealed class LightboxTests(RunningSite site) : Journey(site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_goes_through_all_of_them_over_the_ends_of_pages_and_gives_the_focus_back()
    {
        using var gallery = await Gallery(120, i => new Piece(480, 320 + i % 3 * 80, $"Loop {i + 1}", $"Balls, time {i + 1}", i == 48 ? "A note of the owner's" : null));
        var guest = await Visit(1440);
        await guest.Open(gallery.Link);
        await Tile(guest, gallery, 47).ScrollIntoViewIfNeededAsync();
        await Tile(guest, gallery, 47).Locator(".open").ClickAsync();
        await Shows(guest, 48, 120);
        await Expect(Box(guest).GetByText("Balls, time 48")).ToBeVisibleAsync();
        await Expect(Box(guest).GetByText("by Ada Lovelace")).ToBeVisibleAsync();
        await guest.Page.Keyboard.PressAsync("ArrowRight");
        await Shows(guest, 49, 120);
        await Expect(Box(guest).GetByText("A note of the owner's")).ToBeVisibleAsync();
        await guest.Photograph("lightbox", isWhole: false);
        for (var i = 50; i <= 53; i++)
        {
            await Box(guest).GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
            await Shows(guest, i, 120);
        }

        await guest.Page.Keyboard.PressAsync("Escape");
        await Expect(Box(guest)).ToHaveCountAsync(0);
        await Expect(Tile(guest, gallery, 52).Locator(".open")).ToBeFocusedAsync();
        Assert.EndsWith(gallery.Link, guest.Page.Url, StringComparison.Ordinal);

        // Closing went back: one step more leaves the page. Enter opens, Back closes.
        await guest.Page.Keyboard.PressAsync("Enter");
        await Shows(guest, 53, 120);
        await guest.Page.GoBackAsync();
        await Expect(Box(guest)).ToHaveCountAsync(0);
        await Expect(Tile(guest, gallery, 52).Locator(".open")).ToBeFocusedAsync();

        await guest.Page.Keyboard.PressAsync("Home");
        await guest.Page.Keyboard.PressAsync("Enter");
        await Shows(guest, 1, 120);
        await Expect(Box(guest).GetByRole(AriaRole.Button, new() { Name = "Previous" })).ToBeHiddenAsync();
        await guest.Page.Keyboard.PressAsync("End");
        await Box(guest).GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Expect(Box(guest)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task It_fits_a_phone_and_is_swiped()
    {
        using var gallery = await Gallery(3, i => i switch { 0 => new(2400, 400, "Wide"), 1 => new(200, 1200, "Tall"), _ => new(480, 360, new string('w', 200), "Balls", "مرحبا 🎉") });
        var guest = await Visit(360);
        await guest.Open(gallery.Link);
        await guest.Tiles.First.Locator(".open").ClickAsync();
        for (var i = 1; i <= 3; i++)
        {
            await Shows(guest, i, 3);
            Assert.True(await guest.Page.EvaluateAsync<bool>(
                "() => { const d = document.querySelector('.lightbox'), p = d.querySelector('[data-stage] img').getBoundingClientRect(); return d.scrollWidth <= d.clientWidth && p.left >= 0 && p.right <= innerWidth && p.top >= 0 && p.bottom <= innerHeight && p.width > 20 && p.height > 20; }"));
            await guest.Photograph($"lightbox-{i}", isWhole: false);
            await Swipe(guest, -120);
        }

        await Shows(guest, 3, 3);
        await Swipe(guest, 120);
        await Shows(guest, 2, 3);
        await guest.Page.GoBackAsync();
        await Expect(Box(guest)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_copied_link_leads_to_the_gif_wherever_it_is()
    {
        using var gallery = await Gallery(260);
        var guest = await Visit();
        await guest.Open($"{gallery.Link}#gif-{gallery.Gifs[230]}");
        await Shows(guest, 231, 260);
        await Expect(Box(guest).GetByRole(AriaRole.Link, new() { Name = "Download" })).ToBeVisibleAsync();
        var copied = await Box(guest).Locator("[data-copy]").GetAttributeAsync("data-copy");
        Assert.EndsWith($"{gallery.Link}#gif-{gallery.Gifs[230]}", copied, StringComparison.Ordinal);
        await guest.Page.Keyboard.PressAsync("Escape");
        await Expect(Tile(guest, gallery, 230).Locator(".open")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Hearts_answer_at_once_and_stay()
    {
        using var gallery = await Gallery(4);
        var member = await Visit();
        await member.Register(NewName());
        await member.Open(gallery.Link);
        var heart = member.Tiles.Nth(1).GetByRole(AriaRole.Button, new() { Name = "Favourite" });
        await member.Tiles.Nth(1).HoverAsync();
        await heart.ClickAsync();
        await Expect(heart).ToHaveAttributeAsync("aria-pressed", "true");
        await member.Tiles.Nth(2).Locator(".open").FocusAsync();
        var kept = member.Page.WaitForResponseAsync(r => r.Url.Contains($"favorite/{gallery.Gifs[2]}", StringComparison.Ordinal));
        await member.Page.Keyboard.PressAsync("f");
        Assert.Equal(204, (await kept).Status);

        // In the lightbox it is the same heart.
        await member.Tiles.Nth(2).Locator(".open").ClickAsync();
        await Expect(Box(member).Locator("[data-heart]")).ToHaveAttributeAsync("aria-pressed", "true");
        kept = member.Page.WaitForResponseAsync(r => r.Url.Contains($"favorite/{gallery.Gifs[2]}", StringComparison.Ordinal));
        await Box(member).Locator("[data-heart]").ClickAsync();
        await kept;
        await Expect(Box(member).Locator("[data-heart]")).ToHaveAttributeAsync("aria-pressed", "false");
        await member.Open("/favorites");
        await Expect(member.Tiles).ToHaveCountAsync(1);
        await Expect(member.Tiles.First).ToHaveAttributeAsync("data-gif", gallery.Gifs[1].ToString());
        await member.Photograph("favourites");
    }

    [Fact]
    public async Task Hearts_follow_what_was_done_in_another_tab()
    {
        using var gallery = await Gallery(4);
        var member = await Visit();
        await member.Register(NewName());
        await member.Open(gallery.Link);
        var heart = member.Tiles.First.Locator(".heart");
        await Expect(heart).ToHaveAttributeAsync("aria-pressed", "false");
        async Task Elsewhere(string method) => await member.Page.EvaluateAsync(
            $"async () => {{ const r = await fetch('/v1/favorites/{gallery.Gifs[0]}?via={gallery.Link[3..]}', {{ method: '{method}', headers: {{ 'X-Antiforgery': document.querySelector('meta[name=antiforgery]').content }} }}); if (!r.ok) throw new Error(r.status); document.dispatchEvent(new Event('visibilitychange')); }}");
        await Elsewhere("PUT");
        await Expect(heart).ToHaveAttributeAsync("aria-pressed", "true");
        await Elsewhere("DELETE");
        await Expect(heart).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task Without_a_script_hearts_are_forms_and_pictures_are_links()
    {
        using var gallery = await Gallery(4);
        var member = await Visit(script: false);
        await member.Register(NewName());
        await member.Open(gallery.Link);
        await member.Click(member.Tiles.Nth(3).Locator(".heart"));
        await Expect(member.Tiles.Nth(3).Locator(".heart")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Contains($"{gallery.Link}#gif-{gallery.Gifs[3]}", member.Page.Url, StringComparison.Ordinal);
        await member.Open("/favorites");
        await Expect(member.Tiles).ToHaveCountAsync(1);
        await member.Click(member.Tiles.First.Locator(".heart"));
        await Expect(member.Tiles).ToHaveCountAsync(0);
        await Expect(member.Page.GetByText("No favourites yet")).ToBeVisibleAsync();
        await member.Open(gallery.Link);
        Assert.StartsWith("/media/", await member.Tiles.First.Locator(".open").GetAttributeAsync("href"), StringComparison.Ordinal);
    }

    private static ILocator Box(Visitor guest) => guest.Page.Locator("dialog.lightbox[open]");

    private static ILocator Tile(Visitor guest, Gallery gallery, int at) => guest.Page.Locator($"#gif-{gallery.Gifs[at]}");

    private static async Task Shows(Visitor guest, int place, int of)
    {
        await Expect(Box(guest).Locator("[data-place]")).ToHaveTextAsync($"{place} of {of}");
        await Eventually.True(() => Box(guest).Locator("[data-stage] img").EvaluateAsync<bool>("i => i.complete && i.naturalWidth > 0"), Cancel, TimeSpan.FromMinutes(1));
    }

    private static async Task Swipe(Visitor guest, int by) => await guest.Page.Locator("[data-stage]").EvaluateAsync(
        """
        (stage, by) => {
          const at = x => ({ touches: [new Touch({ identifier: 1, target: stage, clientX: x, clientY: 300 })], changedTouches: [new Touch({ identifier: 1, target: stage, clientX: x, clientY: 300 })], bubbles: true });
          stage.dispatchEvent(new TouchEvent('touchstart', at(180)));
          stage.dispatchEvent(new TouchEvent('touchend', { ...at(180 + by), touches: [] }));
        }
        """,
        by);
}
