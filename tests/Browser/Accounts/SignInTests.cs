using GifShare.Browser.Tests.Site;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Accounts;

public sealed class SignInTests(RunningSite site) : Journey(site)
{
    [Fact]
    public async Task Out_and_in_again()
    {
        var (ada, username) = (await Visit(width: 360), NewName());
        await ada.Open("/login");
        await ada.Photograph("login");
        await ada.Register(username);
        await ada.CreateCollection("Mine");
        var collection = new Uri(ada.Page.Url).AbsolutePath;
        await ada.LogOut();
        await Expect(ada.Link("Log in").First).ToBeVisibleAsync();

        Assert.Equal(404, (await ada.Page.GoBackAsync())!.Status);
        await ada.LookOver();

        // Signed out, what was mine is not mine: a list leads to the log-in page, a private collection is not there.
        Assert.Equal(200, await ada.Open("/collections"));
        await Expect(ada.Heading("Log in")).ToBeVisibleAsync();
        Assert.Equal(404, await ada.Open(collection));

        await ada.SignIn(username, "not seven otters");
        await Expect(ada.Alert).ToBeVisibleAsync();
        await Expect(ada.Page.GetByLabel("Username or email")).ToHaveValueAsync(username);
        await Expect(ada.Page.GetByLabel("Password", new() { Exact = true })).ToHaveValueAsync("");
        var wrongPassword = await ada.Alert.InnerTextAsync();
        await ada.Photograph("login-wrong");
        await ada.SignIn(NewName(), Visitor.Password);
        Assert.Equal(wrongPassword, await ada.Alert.InnerTextAsync());

        // The page that was asked for comes after the log-in.
        await ada.Open("/collections");
        await ada.SignIn(username + "@example.org", Visitor.Password, page: null);
        await Expect(ada.Heading("My collections")).ToBeVisibleAsync();
        await Expect(ada.Page.GetByText("Mine", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_registration_that_is_refused_keeps_what_was_typed()
    {
        var (username, other) = (NewName(), NewName());
        var (ada, eve) = (await Visit(), await Visit());
        await ada.Register(username);

        await eve.Open("/register");
        await eve.FillRegistration(other, "Eve");
        await eve.Fill("Username", username);
        await eve.Press("Register");
        await Expect(eve.Alert).ToBeVisibleAsync();
        await Expect(eve.Page.GetByLabel("First name")).ToHaveValueAsync("Eve");
        await Expect(eve.Page.GetByLabel("Email")).ToHaveValueAsync(other + "@example.org");
        await eve.Photograph("register-refused");

        await eve.Fill("Username", other);
        await eve.Fill("Password", Visitor.Password);
        await eve.Press("Register");
        await Expect(eve.Heading("My collections")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Nobody_is_sent_to_another_site_by_signing_in()
    {
        string[] elsewhere =
        [
            "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example/", "/\t/evil.example/", "/%09/evil.example/", "/%2F/evil.example/",
            "/%5Cevil.example/", "javascript:alert(1)", "/../..//evil.example/", "@evil.example", ".evil.example", "https:evil.example", " //evil.example",
            "/login\r\nLocation: https://evil.example/", "data:text/html,<script>alert(1)</script>",
        ];
        var (ada, username) = (await Visit(), NewName());
        await ada.Register(username);
        await ada.LogOut();
        foreach (var target in elsewhere)
        {
            // Whether there is such a page here is not the point; the journey fails when a request leaves the site.
            var (name, value) = (Uri.EscapeDataString("return"), Uri.EscapeDataString(target));
            await ada.Open($"/login?{name}={value}&returnUrl={value}&ReturnUrl={value}");
            await ada.SignIn(username, Visitor.Password, page: null);
            Assert.Contains(await ada.Page.Context.CookiesAsync(), cookie => cookie.Name == "gifshare");
            await ada.Page.Context.ClearCookiesAsync();
        }

        await ada.SignIn(username, Visitor.Password, page: "/login?return=%2Fcollections%3Fq%3D1");
        Assert.Equal("/collections?q=1", new Uri(ada.Page.Url).PathAndQuery);
    }
}
