using System.Globalization;
using GifShare.Browser.Tests.Site;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Accounts;

/// <summary>Profile, account and sessions.</summary>
public sealed class SettingsTests(RunningSite site) : Journey(site)
{
    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task A_profile_with_a_picture(int width, bool script)
    {
        var ada = await Visit(width, script);
        await ada.Register(NewName());
        await ada.Open("/settings");
        await ada.Fill("Display name", "Ada 🎉 עדה");
        await ada.Fill("About you", "First line\nSecond line");
        await ada.Fill("Website", "ftp://example.org");
        await ada.Press("Save profile");
        await Expect(ada.Alert).ToContainTextAsync("Website");
        await Expect(ada.Page.GetByLabel("Display name")).ToHaveValueAsync("Ada 🎉 עדה");
        await Expect(ada.Page.GetByLabel("About you")).ToHaveValueAsync("First line\nSecond line");
        await ada.Photograph("settings-refused");
        await ada.Fill("Website", "https://example.org/ada");
        await ada.Page.GetByLabel("Private account").CheckAsync();
        await ada.Press("Save profile");
        await ada.Reload();
        await Expect(ada.Page.GetByLabel("Website")).ToHaveValueAsync("https://example.org/ada");
        await Expect(ada.Page.GetByLabel("Private account")).ToBeCheckedAsync();
        await Expect(ada.Page.GetByLabel("About you")).ToHaveValueAsync("First line\nSecond line");

        var picture = ada.Page.Locator("#avatar-picture");
        await Expect(picture).ToBeHiddenAsync();
        await ada.Page.GetByLabel("Choose a picture").SetInputFilesAsync(Visitor.Samples.First());
        if (script)
            await Shows(picture);
        await ada.Press("Use this picture");
        await Shows(picture);
        await ada.Photograph("settings-picture");
        await ada.Press("Remove picture");
        await Expect(picture).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Signing_out_elsewhere_works_at_once(bool script)
    {
        var (ada, phone, library, username) = (await Visit(1280, script, "Asia/Tokyo"), await Visit(360), await Visit(), NewName());
        await ada.Register(username);
        await phone.SignIn(username, Visitor.Password);
        await library.SignIn(username, Visitor.Password);
        await ada.Open("/settings/sessions");
        var sessions = ada.Page.Locator(".sessions > li");
        await Expect(sessions).ToHaveCountAsync(3);
        await Expect(sessions.First).ToContainTextAsync("Chromium on Linux");
        await Expect(sessions.Filter(new() { HasText = "This one" })).ToHaveCountAsync(1);
        await Expect(sessions.Last).ToContainTextAsync("This one");
        var since = sessions.First.Locator("time").Last;
        var utc = DateTimeOffset.Parse((await since.GetAttributeAsync("datetime"))!, CultureInfo.InvariantCulture);
        await Expect(since).ToContainTextAsync(script
            ? utc.AddHours(9).ToString("HH:mm", CultureInfo.InvariantCulture)
            : utc.ToString("HH:mm 'UTC'", CultureInfo.InvariantCulture));
        await ada.Photograph("sessions");

        // Newest first.
        await ada.Click(sessions.First.GetByRole(AriaRole.Button));
        await library.Open("/collections");
        await Expect(library.Heading("Log in")).ToBeVisibleAsync();
        await phone.Open("/collections");
        await Expect(phone.Heading("My collections")).ToBeVisibleAsync();
        await ada.Press("Sign out everywhere else");
        await Expect(sessions).ToHaveCountAsync(1);
        await phone.Open("/collections");
        await Expect(phone.Heading("Log in")).ToBeVisibleAsync();
        await ada.Press("Log out here");
        await ada.Open("/collections");
        await Expect(ada.Heading("Log in")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task Password_email_leaving_and_coming_back(int width, bool script)
    {
        const string NewPassword = "eight quiet otters";
        var (ada, phone, username) = (await Visit(width, script), await Visit(360), NewName());
        await ada.Register(username);
        await ada.CreateCollection("Otters");
        await phone.SignIn(username, Visitor.Password);

        await ada.Open("/settings/account");
        await Expect(ada.Page.GetByText("of 5 GB used")).ToBeVisibleAsync();
        await ada.Fill("Email", username + "@example.com");
        await ada.Fill("Your password", "not mine");
        await ada.Press("Change email");
        await Expect(ada.Alert).ToBeVisibleAsync();
        await Expect(ada.Page.GetByLabel("Email", new() { Exact = true })).ToHaveValueAsync(username + "@example.com");
        await ada.Photograph("account-refused");
        await ada.Fill("Your password", Visitor.Password);
        await ada.Press("Change email");
        await ada.Fill("Present password", Visitor.Password);
        await ada.Fill("New password", NewPassword);
        await ada.Press("Change password");
        await ada.Open("/settings/account");
        await Expect(ada.Page.GetByLabel("Email", new() { Exact = true })).ToHaveValueAsync(username + "@example.com");
        await phone.Open("/collections");
        await Expect(phone.Heading("Log in")).ToBeVisibleAsync();

        await ada.Click(ada.Link("Delete account…"));
        await ada.Photograph("account-delete");
        await ada.Fill("Your password", NewPassword);
        await ada.Press("Delete my account");
        await Expect(ada.Heading("Bring an account back")).ToBeVisibleAsync();
        await phone.SignIn(username, NewPassword);
        await Expect(phone.Alert).ToBeVisibleAsync();
        await phone.Click(phone.Link("Bring it back"));
        await phone.Fill("Username or email", username);
        await phone.Fill("Password", NewPassword);
        await phone.Press("Bring it back");
        await Expect(phone.Page.Locator(".cards strong")).ToHaveTextAsync("Otters");
    }

    private static async Task Shows(ILocator picture)
    {
        await Expect(picture).ToBeVisibleAsync();
        await Fixtures.Eventually.True(() => picture.EvaluateAsync<bool>("i => i.complete && i.naturalWidth > 0"), TestContext.Current.CancellationToken);
    }
}
