using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Operations;

/// <summary>An administrator watches the installation.</summary>
public sealed class OpsTests(RunningSite site) : Journey(site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Figures_move_while_one_watches_and_stand_still_when_paused()
    {
        var admin = await Visit();
        var name = NewName();
        await admin.Register(name);
        await Promote(name);
        await Eventually.True(
            async () =>
            {
                Assert.Equal(200, await admin.Open("/ops"));
                return await admin.Page.GetByText("answers in").CountAsync() > 0;
            },
            Cancel);
        await Expect(admin.Heading("Operations")).ToBeVisibleAsync();
        await Expect(admin.Page.GetByText("answers in")).ToBeVisibleAsync();
        await Expect(admin.Page.GetByText("free of")).ToBeVisibleAsync();

        // Without a new page: a mark that a reload would lose, and a place where the keyboard is.
        await admin.Page.EvaluateAsync("document.body.dataset.mark = 'same page'");
        await admin.Page.Locator("[aria-labelledby=hot].ops-scroll").FocusAsync();
        var before = await admin.Page.Locator("[data-clock]").TextContentAsync();
        await Expect(admin.Page.Locator("[data-clock]")).Not.ToHaveTextAsync(before!);
        Assert.Equal("same page", await admin.Page.EvaluateAsync<string>("document.body.dataset.mark"));
        Assert.Equal("hot", await admin.Page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-labelledby')"));

        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        var asked = 0;
        admin.Page.Request += (_, request) => asked += request.Url.EndsWith("/ops", StringComparison.Ordinal) ? 1 : 0;
        // What it would do in ten seconds of watching it does in none: its clock is turned forward.
        await admin.Page.Clock.InstallAsync();
        await admin.Page.Clock.RunForAsync(10_000);
        Assert.Equal(0, asked);
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await admin.Page.Clock.RunForAsync(10);
        await Eventually.True(() => asked > 0, Cancel);
        await admin.Page.Locator("[data-clock]").WaitForAsync();
    }

    [Fact]
    public async Task It_reads_without_a_script_on_a_phone_and_exists_for_nobody_else()
    {
        var admin = await Visit(width: 360, script: false);
        var name = NewName();
        await admin.Register(name);
        Assert.Equal(404, await admin.Open("/ops"));
        await Promote(name);
        Assert.Equal(200, await admin.Open("/ops"));
        await Expect(admin.Button("Pause")).ToBeHiddenAsync();
        await Eventually.True(
            async () =>
            {
                await admin.Click(admin.Link("Refresh"));
                return await admin.Page.GetByText("answers in").CountAsync() > 0;
            },
            Cancel);
        var guest = await Visit();
        Assert.Equal(404, await guest.Open("/ops"));
    }
}
