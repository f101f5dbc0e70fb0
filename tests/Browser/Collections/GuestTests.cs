using System.Net;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>Somebody with a link, and what others see of a member.</summary>
public sealed class GuestTests(RunningSite site) : Journey(site)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_who_looks_while_the_owner_revokes_is_told_so()
    {
        using var gallery = await Gallery(160);
        var guest = await Visit(360);
        await guest.Open(gallery.Link);
        await Expect(guest.Tiles.First).ToBeVisibleAsync();
        // The next page is held back until the link has ended.
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await guest.Page.RouteAsync(url => url.Contains("cursor=", StringComparison.Ordinal), async route =>
        {
            await gate.Task;
            await route.ContinueAsync();
        });
        await guest.Page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight)");
        await gallery.Revoke();
        gate.SetResult();
        await Expect(guest.Page.GetByText("This link no longer works.")).ToBeVisibleAsync();
        await guest.Photograph("revoked-meanwhile");
        guest.Forgive();
        Assert.Equal(404, await guest.Reload());
        await Expect(guest.Heading("This link no longer works")).ToBeVisibleAsync();
        await Expect(guest.Pictures).ToHaveCountAsync(0);
        await guest.Photograph("gone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_guest_saves_a_collection_after_logging_in(bool script)
    {
        using var gallery = await Gallery(3);
        var name = NewName();
        var member = await Visit(script: script);
        await member.Register(name);
        await member.CreateCollection("Kept");
        var guest = await Visit(360, script);
        await guest.Open(gallery.Link);
        await guest.Click(guest.Link("Save to my collections"));
        Assert.Contains("/login", guest.Page.Url, StringComparison.Ordinal);
        await guest.SignIn(name, Visitor.Password, page: null);
        await Expect(guest.Heading("Save to my collections")).ToBeVisibleAsync();
        await guest.Photograph("save");
        await guest.Press("Save");
        await Expect(guest.Heading("Loops without end")).ToBeVisibleAsync();
        await Expect(guest.Tiles).ToHaveCountAsync(3);
        Assert.Contains("/c/", guest.Page.Url, StringComparison.Ordinal);

        // The other one is already signed in and takes a collection that is there.
        await member.Open(gallery.Link);
        if (script)
            await member.Link("Save to my collections").ClickAsync();
        else
            await member.Click(member.Link("Save to my collections"));
        await member.Page.GetByLabel("Where to").SelectOptionAsync(new SelectOptionValue { Label = "Kept" });
        await member.Click(member.Button("Save"));
        await Expect(member.Heading("Kept")).ToBeVisibleAsync();
        await Expect(member.Tiles).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task A_member_likes_and_everybody_downloads()
    {
        using var gallery = await Gallery(2);
        var member = await Visit();
        await member.Register(NewName());
        await member.Open(gallery.Link);
        await member.Press("Like");
        await Expect(member.Button("Liked")).ToHaveAttributeAsync("aria-pressed", "true");
        await member.Press("Liked");
        await Expect(member.Button("Like")).ToHaveAttributeAsync("aria-pressed", "false");
        await member.Press("Like");

        // Counts inside a page may be a second old (api.md, Links).
        var guest = await Visit();
        await Eventually.True(
            async () =>
            {
                await guest.Open(gallery.Link);
                return await guest.Page.GetByText("1 like", new() { Exact = true }).CountAsync() == 1;
            },
            Cancel, TimeSpan.FromMinutes(1));
        var download = await guest.Page.RunAndWaitForDownloadAsync(() => guest.Link("Download all").ClickAsync());
        Assert.EndsWith(".zip", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Null(await download.FailureAsync());
    }

    [Fact]
    public async Task Robots_that_make_previews_get_a_picture_of_open_links_and_nothing_of_closed_ones()
    {
        using var gallery = await Gallery(2);
        using var robot = new ApiClient(await Address());
        var page = WebUtility.HtmlDecode((await robot.GetAsync(gallery.Link)).Is(HttpStatusCode.OK).Text);
        foreach (var name in new[] { "og:title", "og:description", "og:image", "og:image:width", "og:image:height", "og:image:alt", "og:image:type", "twitter:card", "twitter:image", "twitter:title" })
            Assert.Contains($"\"{name}\" content=\"", page, StringComparison.Ordinal);
        Assert.Contains("application/json+oembed", page, StringComparison.Ordinal);
        var image = WebUtility.HtmlDecode(page.Split("\"og:image\" content=\"")[1].Split('"')[0]);
        Assert.StartsWith((await Address()).ToString(), image, StringComparison.Ordinal);
        foreach (var address in new[] { image, WebUtility.HtmlDecode(page.Split("\"twitter:image\" content=\"")[1].Split('"')[0]) })
        {
            var picture = await robot.GetAsync(address);
            Assert.Equal((HttpStatusCode.OK, "image/gif"), (picture.Status, picture.ContentType));
        }

        foreach (var body in new object[] { new { password = "open sesame" }, new { maxViews = 5 } })
        {
            var closed = (string)(await gallery.Api.NewLinkAsync($"{gallery.Id}", body))["token"]!;
            var shut = (await robot.GetAsync("/s/" + closed)).Is(HttpStatusCode.OK).Text;
            foreach (var secret in new[] { "Loops without end", "Ada", gallery.Owner, "og:", "twitter:", "/media/", "oembed", gallery.Id.ToString() })
                Assert.DoesNotContain(secret, shut, StringComparison.Ordinal);
            foreach (var path in new[] { $"/s/{closed}/download", $"/embed/{closed}" })
            {
                var answer = await robot.GetAsync(path);
                Assert.DoesNotContain("Loops without end", answer.Text, StringComparison.Ordinal);
                Assert.NotEqual("application/zip", answer.ContentType);
            }
        }
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1440)]
    public async Task A_profile_shows_what_its_owner_made_public(int width)
    {
        using var gallery = await Gallery(2);
        (await gallery.Api.PatchAsync("/v1/users/me", new { bio = "Makes loops.\nمرحبا 🎉", website = "https://ada.example/loops", location = "London" })).IsDone();
        var guest = await Visit(width);
        Assert.Equal(200, await guest.Open("/u/" + gallery.Owner));
        await Expect(guest.Heading("Ada Lovelace")).ToBeVisibleAsync();
        await Expect(guest.Link("Loops without end")).ToHaveCountAsync(0);
        (await gallery.Api.PatchAsync($"/v1/collections/{gallery.Id}", new { visibility = "public" })).IsDone();
        await guest.Open("/u/" + gallery.Owner.ToUpperInvariant());
        await Expect(guest.Link("Loops without end")).ToBeVisibleAsync();
        await Expect(guest.Link("ada.example/loops")).ToHaveAttributeAsync("rel", "nofollow ugc noopener");
        await guest.Photograph("profile");

        (await gallery.Api.PatchAsync("/v1/users/me", new { isPrivate = true })).IsDone();
        await guest.Open("/u/" + gallery.Owner);
        await Expect(guest.Page.GetByText("This account is private.")).ToBeVisibleAsync();
        foreach (var hidden in new[] { "Makes loops", "ada.example", "London" })
            await Expect(guest.Page.GetByText(hidden)).ToHaveCountAsync(0);
        Assert.Equal(404, await guest.Open("/u/nobody-of-this-name"));
    }

    [Fact]
    public async Task A_frame_of_another_site_shows_it_without_a_script()
    {
        using var gallery = await Gallery(60);
        var guest = await Visit(360, script: false);
        Assert.Equal(200, await guest.Open(gallery.Link.Replace("/s/", "/embed/", StringComparison.Ordinal)));
        await Expect(guest.Tiles).ToHaveCountAsync(50);
        await Expect(guest.Link("All 60 GIFs")).ToBeVisibleAsync();
        await Expect(guest.Page.Locator("dialog, form")).ToHaveCountAsync(0);
        await guest.Photograph("embed");
        await gallery.Revoke();
        Assert.Equal(404, await guest.Reload());
    }
}
