using System.Diagnostics;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>What an owner does with the links of a collection.</summary>
public sealed class ShareTests(RunningSite site) : Journey(site)
{
    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task A_link_is_made_handed_on_changed_and_revoked_in_a_dialog(int width)
    {
        var ada = await Visit(width);
        await ada.Register(NewName());
        await ada.CreateCollection("Otters");
        await ada.Open("/collections");
        await ada.Page.Locator(".cards summary").ClickAsync();
        await ada.Page.GetByRole(AriaRole.Link, new() { Name = "Share", Exact = true }).ClickAsync();
        var dialog = ada.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("only you can see it")).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Share it" }).ClickAsync();
        await dialog.GetByLabel("Label (optional)").FillAsync("For مرحبا 🎉");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create a link" }).ClickAsync();
        await Expect(dialog.Locator(".links h3")).ToHaveTextAsync("For مرحبا 🎉");
        await ada.Photograph("share-dialog");
        var link = await dialog.GetByLabel("Address of").InputValueAsync();
        var guest = await Visit(360);
        Assert.Equal(200, await guest.Open(link));

        await dialog.GetByText("Change", new() { Exact = true }).ClickAsync();
        await dialog.Locator(".links [name=password]").FillAsync("miau");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save link" }).ClickAsync();
        await Expect(dialog.GetByText("With a password")).ToBeVisibleAsync();
        await guest.Reload();
        await Expect(guest.Page.GetByLabel("Password", new() { Exact = true })).ToBeVisibleAsync();

        await dialog.GetByText("Revoke…").ClickAsync();
        await Expect(dialog.GetByText("This cannot be undone")).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke for good" }).ClickAsync();
        await Expect(dialog.Locator(".links")).ToHaveCountAsync(0);
        Assert.Equal(404, await guest.Reload());
        await ada.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        // What the dialog changed is on the page under it.
        await Expect(ada.Page.Locator(".cards .badge")).ToHaveTextAsync("By link");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_address_is_copied_also_where_browsers_trust_nobody(bool isTrusted)
    {
        var ada = await Visit();
        await ada.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        // So it is on a plain-http host.
        if (!isTrusted)
            await ada.Page.AddInitScriptAsync("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
        await ada.Register(NewName());
        await ada.CreateCollection("Otters");
        var link = await ada.CreateLink();
        await ada.Button("Copy").ClickAsync();
        await Expect(ada.Page.GetByText("Copied.").First).ToBeVisibleAsync();
        await ada.Page.GetByLabel("Label (optional)").First.FocusAsync();
        await ada.Page.Keyboard.PressAsync("Control+V");
        await Expect(ada.Page.GetByLabel("Label (optional)").First).ToHaveValueAsync(link);
    }

    [Fact]
    public async Task Where_nothing_can_be_copied_the_address_is_selected()
    {
        var ada = await Visit();
        await ada.Page.AddInitScriptAsync("Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false");
        await ada.Register(NewName());
        await ada.CreateCollection("Otters");
        var link = await ada.CreateLink();
        await ada.Button("Copy").ClickAsync();
        await Expect(ada.LinkRow.GetByLabel("Address of")).ToBeFocusedAsync();
        Assert.Equal(link, await ada.Page.EvaluateAsync<string>("(e => e.value.slice(e.selectionStart, e.selectionEnd))(document.activeElement)"));
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task The_code_leads_a_phone_to_the_link(int width, bool script)
    {
        var ada = await Visit(width, script);
        await ada.Register(NewName());
        await ada.CreateCollection("Otters");
        var link = await ada.CreateLink();
        await ada.LinkRow.GetByText("QR code", new() { Exact = true }).ClickAsync();
        var code = ada.LinkRow.GetByRole(AriaRole.Img, new() { Name = "QR code" });
        await code.ScrollIntoViewIfNeededAsync();
        await Fixtures.Eventually.True(() => code.EvaluateAsync<bool>("i => i.complete && i.naturalWidth > 0"), TestContext.Current.CancellationToken);
        Assert.Equal(link, await ReadCode(await code.ScreenshotAsync()));
        await ada.Photograph("share-qr");
        var download = await ada.Page.RunAndWaitForDownloadAsync(() => ada.LinkRow.GetByText("Download (SVG)").ClickAsync());
        Assert.EndsWith(".svg", download.SuggestedFilename, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "2035-03-01T00:00:00.000Z", "09:00")]
    [InlineData(false, "2035-03-01T09:00:00.000Z", "09:00 UTC")]
    public async Task An_end_is_typed_and_shown_in_the_viewers_zone(bool script, string expected, string shown)
    {
        var (ada, username) = (await Visit(script: script, zone: "Asia/Tokyo"), NewName());
        await ada.Register(username);
        await ada.CreateCollection("Otters");
        var collection = ada.Collection;
        await ada.SetVisibility("shared");
        await ada.Open(collection + "/share");
        await ada.Page.GetByText("Password, end date, limit of views").ClickAsync();
        await Expect(ada.Page.GetByLabel("Day and time")).ToBeHiddenAsync();
        await ada.Page.GetByLabel("Stops working").SelectOptionAsync("date");
        await Expect(ada.Page.Locator("[data-zone]")).ToContainTextAsync(script ? "Asia/Tokyo" : "UTC");
        await ada.Press("Create a link");
        await Expect(ada.Alert).ToContainTextAsync("Choose a day and a time");
        await ada.Page.GetByLabel("Day and time").FillAsync("2035-03-01T09:00");
        await ada.Press("Create a link");
        await Expect(ada.LinkRow).ToContainTextAsync(shown);
        using var api = await ApiClient.SignInAsync(await Address(), username);
        var links = $"/v1/collections/{collection[3..]}/links";
        Assert.Equal(expected, (string?)(await api.GetAsync(links))["items"]![0]!["expiresAt"]);

        // Changed without touching the day.
        await ada.LinkRow.GetByText("Change", new() { Exact = true }).ClickAsync();
        await ada.LinkRow.GetByLabel("Label (optional)").FillAsync("For later");
        await ada.LinkRow.GetByLabel("Stops working").SelectOptionAsync("date");
        await Expect(ada.LinkRow.GetByLabel("Day and time")).ToHaveValueAsync("2035-03-01T09:00");
        await ada.Press("Save link");
        await Expect(ada.LinkRow.Locator("h3")).ToHaveTextAsync("For later");
        Assert.Equal(expected, (string?)(await api.GetAsync(links))["items"]![0]!["expiresAt"]);
    }

    [Fact]
    public async Task Two_clicks_without_a_script_make_one_link()
    {
        var ada = await Visit(script: false);
        await ada.Register(NewName());
        await ada.CreateCollection("Otters");
        await ada.SetVisibility("shared");
        await ada.Open(ada.Collection + "/share");
        await ada.Arrive(() => ada.Button("Create a link").DblClickAsync());
        await ada.Reload();
        await Expect(ada.LinkRow).ToHaveCountAsync(1);
    }

    /// <summary>By zbar, which knows nothing of what drew it.</summary>
    private static async Task<string> ReadCode(byte[] picture)
    {
        var cancel = TestContext.Current.CancellationToken;
        var file = Path.Combine(Path.GetTempPath(), $"gifshare-qr-{Guid.NewGuid():N}.png");
        await File.WriteAllBytesAsync(file, picture, cancel);
        try
        {
            using var zbar = Process.Start(new ProcessStartInfo("zbarimg", ["--raw", "-q", file]) { RedirectStandardOutput = true, RedirectStandardError = true })
                ?? throw new InvalidOperationException("zbarimg is missing. `./gifshare test` installs it, or: apt-get install zbar-tools");
            var text = await zbar.StandardOutput.ReadToEndAsync(cancel);
            await zbar.WaitForExitAsync(cancel);
            return text.Trim();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
