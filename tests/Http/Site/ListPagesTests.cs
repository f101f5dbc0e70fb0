using System.Net;
using System.Text.RegularExpressions;
using GifShare.ApiFrontend.Accounts;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>My collections, trash and settings by plain forms, as without a script.</summary>
public sealed class ListPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    [Fact]
    public async Task A_form_sent_twice_makes_one_collection_and_other_words_make_another()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        var page = await browser.Get("/collections/new");
        var form = new Dictionary<string, string>
        {
            ["_antiforgery"] = Browser.FormToken(page),
            ["once"] = Hidden(page, "once"),
            ["name"] = "Once",
        };
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => browser.Post("/collections", form)));
        var made = Assert.Single(replies.Select(r => r.Header("Location")).Distinct());
        Assert.StartsWith("/c/", made, StringComparison.Ordinal);
        Assert.Equal(made, (await browser.Post("/collections", form)).Header("Location"));
        form["name"] = "Twice";
        Assert.NotEqual(made, (await browser.Post("/collections", form)).Header("Location"));
        Assert.Equal(2, (await ada.GetAsync("/v1/collections"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Collections_are_found_by_words_of_their_names()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        Assert.Contains("Make your first collection", (await browser.Get("/collections")).Text, StringComparison.Ordinal);
        foreach (var name in (string[])["Otters & more", "100 % <cats>"])
            Assert.Equal(303, (await browser.Submit("/collections/new", "/collections", new() { ["name"] = name })).StatusCode);
        var otters = (await browser.Get("/collections?q=otters")).Text;
        Assert.Contains("Otters &amp; more", otters, StringComparison.Ordinal);
        Assert.DoesNotContain("cats", otters, StringComparison.Ordinal);
        var cats = (await browser.Get("/collections?q=100+%25")).Text;
        Assert.Contains("100 % &lt;cats&gt;", cats, StringComparison.Ordinal);
        Assert.Matches("class=\"card-open\" href=\"/c/[0-9a-f-]{36}\"", cats);
        Assert.Contains("Nothing found", (await browser.Get("/collections?q=%3Cscript%3E")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_edits_a_collection_in_two_tabs_is_told_in_the_second()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (page, edit) = ($"/c/{ada.Collection}", $"/c/{ada.Collection}/edit");
        var form = await EditForm(ada, "Otters");
        Assert.StartsWith(page + "?done=collection-saved&undo=", (await ada.Browser.Post(edit, form)).Header("Location"), StringComparison.Ordinal);

        form["name"] = "Kittens";
        var overtaken = await ada.Browser.Post(edit, form);
        Assert.Equal(412, overtaken.StatusCode);
        Assert.Contains("changed meanwhile", overtaken.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Kittens\"", overtaken.Text, StringComparison.Ordinal);
        Assert.Contains(">Otters<", overtaken.Text, StringComparison.Ordinal);
        form["version"] = Hidden(overtaken, "version");
        Assert.Equal(303, (await ada.Browser.Post(edit, form)).StatusCode);
    }

    [Fact]
    public async Task An_edit_that_is_refused_keeps_what_was_typed()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var refused = await ada.Browser.Post($"/c/{ada.Collection}/edit", await EditForm(ada, ""));
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("All of them", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_collection_comes_back_by_its_notice()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (page, edit, delete) = ($"/c/{ada.Collection}", $"/c/{ada.Collection}/edit", $"/c/{ada.Collection}/delete");
        var token = Browser.FormToken(await ada.Browser.Get(edit));
        var deleted = await ada.Change(edit, delete, []);
        Assert.StartsWith("/collections?done=collection-deleted&undo=", deleted, StringComparison.Ordinal);
        // The second of two clicks says the same.
        var second = await ada.Browser.Post(delete, new() { ["_antiforgery"] = token });
        Assert.StartsWith("/collections?done=collection-deleted&undo=", second.Header("Location"), StringComparison.Ordinal);
        Assert.Equal(404, (await ada.Browser.Get(page)).StatusCode);
        Assert.Equal("/collections?done=collection-restored", await ada.Undo(deleted, "/collections"));
        Assert.Equal(200, (await ada.Browser.Get(page)).StatusCode);
    }

    [Fact]
    public async Task A_deleted_collection_comes_back_from_the_trash()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var page = $"/c/{ada.Collection}";
        var deleted = await ada.Change(page + "/edit", page + "/delete", []);
        Assert.Contains(">Cats<", (await ada.Browser.Get("/trash")).Text, StringComparison.Ordinal);
        Assert.Equal(303, (await ada.Browser.Submit("/trash", $"/trash/collections/{ada.Collection}")).StatusCode);
        Assert.Equal(200, (await ada.Browser.Get(page)).StatusCode);
        // What is back already is what Undo wants, and no form leads to another site.
        Assert.Equal("/collections?done=collection-restored", await ada.Undo(deleted, "//evil.example"));
    }

    [Fact]
    public async Task Settings_say_what_is_wrong_and_keep_what_was_typed()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        Dictionary<string, string> profile = new() { ["firstName"] = "Ada", ["lastName"] = "Byron", ["bio"] = "One\nTwo", ["website"] = "javascript:alert(1)" };
        var refused = await browser.Submit("/settings", "/settings", profile);
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("javascript:alert(1)", refused.Text, StringComparison.Ordinal);
        profile["website"] = "https://example.org/ada";
        profile["isPrivate"] = "1";
        Assert.StartsWith("/settings?done=profile-saved&undo=", (await browser.Submit("/settings", "/settings", profile)).Header("Location"), StringComparison.Ordinal);
        var me = (await ada.GetAsync("/v1/users/me")).Json;
        Assert.Equal(("Ada Byron", "https://example.org/ada", true), ((string?)me["displayName"], (string?)me["website"], (bool)me["isPrivate"]!));

        const string Account = "/settings/account";
        Assert.Equal(400, (await browser.Submit(Account, Account + "/email", new() { ["email"] = "new" + ada.Email, ["password"] = "wrong" })).StatusCode);
        Assert.Equal(409, (await browser.Submit(Account, Account + "/email", new() { ["email"] = eve.Email, ["password"] = ApiClient.Password })).StatusCode);
        Assert.Equal(303, (await browser.Submit(Account, Account + "/email", new() { ["email"] = "new" + ada.Email, ["password"] = ApiClient.Password })).StatusCode);

        Assert.Equal(400, (await browser.Submit(Account, Account + "/password", new() { ["old"] = ApiClient.Password, ["new"] = "short" })).StatusCode);
        var mistyped = await browser.Submit(Account, Account + "/password", new() { ["old"] = "not this one", ["new"] = "eight quiet otters" });
        Assert.Equal(400, mistyped.StatusCode);
        Assert.Contains("not your present password", mistyped.Text, StringComparison.Ordinal);
        Assert.Equal(303, (await browser.Submit(Account, Account + "/password", new() { ["old"] = ApiClient.Password, ["new"] = "eight quiet otters" })).StatusCode);
        Assert.Equal(200, (await browser.Get(Account)).StatusCode);
        Assert.Equal(401, (await ada.GetAsync("/v1/users/me")).StatusCode);
    }

    [Fact]
    public async Task A_picture_is_set_refused_and_removed()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        var gif = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Samples", "hearts.gif"), TestContext.Current.CancellationToken);
        var refused = await browser.Submit("/settings", "/settings/avatar", files: [("fake.gif", "not a picture"u8.ToArray())]);
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("not a whole GIF", refused.Text, StringComparison.Ordinal);
        Assert.Equal(400, (await browser.Submit("/settings", "/settings/avatar", files: [("empty.gif", [])])).StatusCode);
        Assert.Equal(303, (await browser.Submit("/settings", "/settings/avatar", files: [("hearts.gif", gif)])).StatusCode);
        var url = (string)(await ada.GetAsync("/v1/users/me"))["avatarUrl"]!;
        Assert.Contains(WebUtility.HtmlEncode(url), (await browser.Get("/settings")).Text, StringComparison.Ordinal);
        Assert.Equal(303, (await browser.Submit("/settings", "/settings/avatar/remove")).StatusCode);
        Assert.Null((await ada.GetAsync("/v1/users/me"))["avatarUrl"]);
    }

    [Fact]
    public async Task Sessions_are_signed_out_one_by_one_and_all_at_once()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        using var second = await SignedIn(ada);
        using var third = await SignedIn(ada);
        var oldest = (await ada.GetAsync("/v1/sessions"))["items"]!.AsArray().Single(s => (bool)s!["current"]!)!["id"];
        Assert.Equal(303, (await browser.Submit("/settings/sessions", $"/settings/sessions/{oldest}/end")).StatusCode);
        Assert.Equal(401, (await ada.GetAsync("/v1/sessions")).StatusCode);
        Assert.Equal(200, (await second.Get("/collections")).StatusCode);
        Assert.Equal(303, (await browser.Submit("/settings/sessions", "/settings/sessions/end-others")).StatusCode);
        Assert.Equal((303, 303, 200), ((await second.Get("/collections")).StatusCode, (await third.Get("/collections")).StatusCode, (await browser.Get("/collections")).StatusCode));
    }

    [Fact]
    public async Task An_account_is_deleted_and_comes_back()
    {
        using var first = await ApiClient.RegisterAsync(product.Address);
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        const string Delete = "/settings/account/delete", Return = "/restore-account";
        Assert.Equal(400, (await browser.Submit(Delete, Delete, new() { ["password"] = "wrong" })).StatusCode);
        Assert.Equal(Return + "?done=account-deleted", (await browser.Submit(Delete, Delete, new() { ["password"] = ApiClient.Password })).Header("Location"));
        Assert.Equal(303, (await browser.Get("/collections")).StatusCode);
        Assert.Contains("For 30 days", (await browser.Get(Return + "?done=account-deleted")).Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/restore-account\"", (await browser.Get("/login")).Text, StringComparison.Ordinal);
        var wrong = await browser.Submit(Return, Return, new() { ["login"] = ada.Username, ["password"] = "wrong" });
        Assert.Equal(401, wrong.StatusCode);
        Assert.Contains($"value=\"{ada.Username}\"", wrong.Text, StringComparison.Ordinal);
        Assert.Equal("/collections?done=account-restored", (await browser.Submit(Return, Return, new() { ["login"] = ada.Username, ["password"] = ApiClient.Password })).Header("Location"));
        Assert.Equal(200, (await browser.Get("/collections")).StatusCode);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome on Windows")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0", "Edge on Windows")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iPhone")]
    [InlineData("Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15", "Safari on Mac")]
    [InlineData("curl/8.16.0", "curl")]
    [InlineData("<script>", "An unknown program")]
    [InlineData(null, "An unknown program")]
    public void Devices_are_named_in_words(string? userAgent, string expected) => Assert.Equal(expected, Devices.Describe(userAgent));

    private async Task<Browser> SignedIn(ApiClient person)
    {
        var browser = new Browser(product.Address);
        await browser.SignIn(person.Username, ApiClient.Password);
        return browser;
    }

    /// <summary>The form of the page as it is now, filled in.</summary>
    private static async Task<Dictionary<string, string>> EditForm(SiteOwner owner, string name)
    {
        var page = await owner.Browser.Get($"/c/{owner.Collection}/edit");
        return new()
        {
            ["_antiforgery"] = Browser.FormToken(page),
            ["version"] = Hidden(page, "version"),
            ["name"] = name,
            ["description"] = "All of them",
            ["visibility"] = "public",
        };
    }

    private static string Hidden(Answer page, string name) =>
        WebUtility.HtmlDecode(Regex.Match(page.Text, $"name=\"{name}\" value=\"([^\"]*)\"").Groups[1].Value);
}
