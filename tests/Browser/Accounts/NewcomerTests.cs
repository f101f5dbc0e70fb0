using GifShare.Browser.Tests.Site;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Accounts;

/// <summary>The five minutes of README.md, step by step.</summary>
public sealed class NewcomerTests(RunningSite site) : Journey(site)
{
    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, false)]
    public async Task From_nothing_to_a_shared_collection(int width, bool script)
    {
        var cancel = TestContext.Current.CancellationToken;
        var (ada, username) = (await Visit(width, script), NewName());
        await ada.Open("/");
        await ada.Photograph("landing");
        await ada.Open("/register");
        await ada.Photograph("register");

        await ada.Register(username);
        await ada.Photograph("collections-empty");
        await ada.CreateCollection("Loops");
        await ada.Photograph("collection-empty");
        await ada.Click(ada.Link("Collections"));
        await ada.Click(ada.Page.Locator(".cards").GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Loops" }));
        await Expect(ada.Heading("Loops")).ToBeVisibleAsync();
        await ada.AddSamples();
        await ada.SeesPictures(Visitor.Samples.Count(), cancel);
        await ada.Photograph("collection");
        var link = await ada.CreateLink();
        await ada.Photograph("share");

        var guest = await Visit(width, script);
        Assert.Equal(200, await guest.Open(link));
        await Expect(guest.Heading("Loops")).ToBeVisibleAsync();
        await Expect(guest.Page.GetByText("by Ada Lovelace")).ToBeVisibleAsync();
        await guest.SeesPictures(Visitor.Samples.Count(), cancel);
        await guest.SeesMovement(cancel);
        await guest.Photograph("shared");

        await ada.Open("/collections");
        await Expect(ada.Page.GetByText("4 GIFs")).ToBeVisibleAsync();
        await ada.Photograph("collections");
    }

    [Fact]
    public async Task By_keyboard_alone()
    {
        var ada = await Visit();
        await ada.Open("/");
        await ada.Page.Keyboard.PressAsync("Tab");
        await Expect(ada.Link("Skip to content")).ToBeFocusedAsync();
        await ada.Enter(ada.Page.GetByRole(Microsoft.Playwright.AriaRole.Navigation).GetByText("Register"));

        var username = NewName();
        await ada.Type("First name", "Ada");
        await ada.Type("Last name", "Lovelace");
        await ada.Type("Email", username + "@example.org");
        await ada.Type("Username", username);
        await ada.Type("Password", Visitor.Password);
        await ada.Enter(ada.Button("Register"));

        await ada.Type("Name", "By hand");
        await ada.Enter(ada.Button("Create collection"));
        await Expect(ada.Heading("By hand")).ToBeVisibleAsync();

        await ada.TabTo(ada.Link("Add GIFs").First);
        await ada.Page.Keyboard.PressAsync("Enter");
        await Expect(ada.Page.Locator("dialog[open] input[type=file]")).ToBeFocusedAsync();
        // The space bar: Chromium opens no file dialog by Enter.
        await ada.ChooseFiles(() => ada.Page.Keyboard.PressAsync("Space"), Visitor.Samples, TestContext.Current.CancellationToken);
        await Expect(ada.Pictures).ToHaveCountAsync(Visitor.Samples.Count());

        await ada.Open(ada.Collection + "/share");
        await ada.Enter(ada.Button("Share it"));
        await ada.TabTo(ada.Page.GetByText("Password, end date, limit of views"));
        await ada.Page.Keyboard.PressAsync("Enter");
        await ada.Type("At most so many views (optional)", "3");
        await ada.Enter(ada.Button("Create a link"));
        await Expect(ada.LinkRow).ToContainTextAsync("0 views of 3");
        await ada.Enter(ada.LinkRow.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Open" }));
        // Whose it is comes in without the button, and spends no view.
        await Expect(ada.Link("Open my collection")).ToBeVisibleAsync();
    }
}
