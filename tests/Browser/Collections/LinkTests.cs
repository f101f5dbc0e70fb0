using GifShare.Browser.Tests.Site;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>What a link opens, and what ends it.</summary>
public sealed class LinkTests(RunningSite site) : Journey(site)
{
    private static readonly int Count = Visitor.Samples.Count();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_link_is_gone_at_the_next_look()
    {
        var (owner, link) = await Share();
        var guest = await Visit();
        Assert.Equal(200, await guest.Open(link));
        await guest.SeesPictures(Count, Cancel);
        await Expect(guest.Button("Revoke")).ToHaveCountAsync(0);
        await Expect(guest.Page.Locator("input")).ToHaveCountAsync(0);

        await owner.LinkRow.GetByText("Revoke…").ClickAsync();
        await owner.Press("Revoke for good");
        await Expect(owner.LinkRow).ToHaveCountAsync(0);

        Assert.Equal(404, await guest.Reload());
        await Expect(guest.Heading("This link no longer works")).ToBeVisibleAsync();
        await Expect(guest.Pictures).ToHaveCountAsync(0);
        await guest.Photograph("not-found");
    }

    [Fact]
    public async Task Going_private_suspends_a_link_and_opening_revives_it()
    {
        var (owner, link) = await Share();
        var guest = await Visit();
        await owner.SetVisibility("private");
        await owner.Open(owner.Collection + "/share");
        await Expect(owner.LinkRow).ToContainTextAsync("Suspended");
        Assert.Equal(404, await guest.Open(link));

        await owner.SetVisibility("public");
        Assert.Equal(200, await guest.Open(link));
    }

    [Fact]
    public async Task A_link_with_a_password_asks_for_it()
    {
        const string Secret = "open \"sesame\" <b>ü</b>";
        var (_, link) = await Share(password: Secret);
        var guest = await Visit(width: 360);
        Assert.Equal(200, await guest.Open(link));
        await Expect(guest.Page.GetByText("Loops")).ToHaveCountAsync(0);
        await guest.Photograph("password");

        await guest.Fill("Password", "open barley");
        await guest.Press("Open");
        await Expect(guest.Alert).ToBeVisibleAsync();
        await Expect(guest.Pictures).ToHaveCountAsync(0);
        await guest.Photograph("password-wrong");

        await guest.Fill("Password", Secret);
        await guest.Press("Open");
        await Expect(guest.Heading("Loops")).ToBeVisibleAsync();
        await guest.SeesPictures(Count, Cancel);
        await guest.Reload();
        await Expect(guest.Heading("Loops")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_capped_link_spends_a_view_by_its_button_only()
    {
        var (owner, link) = await Share(maxViews: 1);
        await Expect(owner.LinkRow).ToContainTextAsync("0 views of 1");
        var (first, second) = (await Visit(), await Visit());

        // More looks than there are views.
        foreach (var guest in new[] { first, second, first, second })
        {
            Assert.Equal(200, await guest.Open(link));
            await Expect(guest.Button("Open")).ToBeVisibleAsync();
            await Expect(guest.Pictures).ToHaveCountAsync(0);
        }

        await owner.Reload();
        await Expect(owner.LinkRow).ToContainTextAsync("0 views of 1");

        await first.Press("Open");
        await first.SeesPictures(Count, Cancel);
        await owner.Reload();
        await Expect(owner.LinkRow).ToContainTextAsync("1 view of 1");

        await second.Press("Open");
        await Expect(second.Heading("This link no longer works")).ToBeVisibleAsync();
        await Expect(second.Pictures).ToHaveCountAsync(0);

        // Whoever has opened it may look again.
        Assert.Equal(200, await first.Open(link));
        await first.SeesPictures(Count, Cancel);
    }

    private async Task<(Visitor Owner, string Link)> Share(string? password = null, int? maxViews = null)
    {
        var owner = await Visit();
        await owner.Register(NewName());
        await owner.CreateCollection("Loops");
        await owner.AddSamples();
        await owner.SetVisibility("shared");
        return (owner, await owner.CreateLink(password, maxViews));
    }
}
