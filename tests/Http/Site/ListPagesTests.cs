using System.Net;
using System.Text.RegularExpressions;
using GifShare.ApiFrontend.Accounts;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>My collections, sharing, trash and settings by plain forms, as without a script.</summary>
public sealed partial class ListPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
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
    public async Task A_collection_is_found_edited_deleted_and_comes_back()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        Assert.Contains("Make your first collection", (await browser.Get("/collections")).Text, StringComparison.Ordinal);
        foreach (var name in (string[])["Otters & more", "100 % <cats>"])
            Assert.Equal(303, (await browser.Submit("/collections/new", "/collections", new() { ["name"] = name })).StatusCode);
        Assert.Contains("Otters &amp; more", (await browser.Get("/collections?q=otters")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("cats", (await browser.Get("/collections?q=otters")).Text, StringComparison.Ordinal);
        Assert.Contains("Nothing found", (await browser.Get("/collections?q=%3Cscript%3E")).Text, StringComparison.Ordinal);

        var cats = Card().Match((await browser.Get("/collections?q=100+%25")).Text).Groups[1].Value;
        var edit = await browser.Get(cats + "/edit");
        var form = new Dictionary<string, string>
        {
            ["_antiforgery"] = Browser.FormToken(edit),
            ["version"] = Hidden(edit, "version"),
            ["name"] = "Cats",
            ["description"] = "All of them",
            ["visibility"] = "public",
        };
        Assert.StartsWith(cats + "?done=collection-saved&undo=", (await browser.Post(cats + "/edit", form)).Header("Location"), StringComparison.Ordinal);

        // The same page, still open in another tab.
        form["name"] = "Kittens";
        var overtaken = await browser.Post(cats + "/edit", form);
        Assert.Equal(412, overtaken.StatusCode);
        Assert.Contains("changed meanwhile", overtaken.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Kittens\"", overtaken.Text, StringComparison.Ordinal);
        Assert.Contains(">Cats<", overtaken.Text, StringComparison.Ordinal);
        form["version"] = Hidden(overtaken, "version");
        Assert.Equal(303, (await browser.Post(cats + "/edit", form)).StatusCode);

        form["version"] = Hidden(await browser.Get(cats + "/edit"), "version");
        form["name"] = "";
        var refused = await browser.Post(cats + "/edit", form);
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("All of them", refused.Text, StringComparison.Ordinal);

        var deleted = await browser.Submit(cats + "/edit", cats + "/delete");
        const string Deleted = "/collections?done=collection-deleted&undo=";
        Assert.StartsWith(Deleted, deleted.Header("Location"), StringComparison.Ordinal);
        // The second of two clicks says the same.
        Assert.StartsWith(Deleted, (await browser.Post(cats + "/delete", new() { ["_antiforgery"] = form["_antiforgery"] })).Header("Location"), StringComparison.Ordinal);
        Assert.Equal(404, (await browser.Get(cats)).StatusCode);
        Assert.Contains("Kittens", (await browser.Get("/trash")).Text, StringComparison.Ordinal);
        // By the notice's Undo, and again from the trash.
        Assert.Equal("/collections?done=collection-restored", await Undo(deleted, "/collections"));
        Assert.Equal(200, (await browser.Get(cats)).StatusCode);
        var again = await browser.Submit(cats + "/edit", cats + "/delete");
        Assert.Equal(303, (await browser.Submit("/trash", "/trash" + cats.Replace("/c/", "/collections/", StringComparison.Ordinal))).StatusCode);
        Assert.Equal(200, (await browser.Get(cats)).StatusCode);
        // What is back already is what Undo wants, and no form leads to another site.
        Assert.Equal("/collections?done=collection-restored", await Undo(again, "//evil.example"));

        async Task<string?> Undo(Answer after, string back)
        {
            var location = after.Header("Location")!;
            return (await browser.Submit(location, "/undo", new() { ["what"] = location[Deleted.Length..], ["return"] = back })).Header("Location");
        }
    }

    [Fact]
    public async Task Links_are_made_changed_and_revoked()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = await SignedIn(ada);
        var made = await browser.Submit("/collections/new", "/collections", new() { ["name"] = "Shared cats" });
        var (cats, share) = (made.Header("Location")!, made.Header("Location") + "/share");
        Assert.Contains("only you can see it", (await browser.Get(share)).Text, StringComparison.Ordinal);
        Assert.Equal(303, (await browser.Submit(share, share + "/open")).StatusCode);

        var form = new Dictionary<string, string> { ["label"] = "For Mum", ["password"] = "miau miau", ["expires"] = "date", ["expiresAt"] = "2999-01-01T00:00", ["maxViews"] = "3" };
        var refused = await browser.Submit(share, share, form);
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("value=\"For Mum\"", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("miau miau", refused.Text, StringComparison.Ordinal);
        var year = DateTimeOffset.UtcNow.Year + 2;
        form["expiresAt"] = $"{year}-01-01T10:30:00.000Z";
        form["once"] = Guid.NewGuid().ToString("N");
        Assert.Equal(303, (await browser.Submit(share, share, form)).StatusCode);
        Assert.Equal(303, (await browser.Submit(share, share, form)).StatusCode);

        var link = Assert.Single((await ada.GetAsync($"/v1/collections/{cats[3..]}/links"))["items"]!.AsArray())!;
        Assert.Equal(($"{year}-01-01T10:30:00.000Z", true, 3), ((string?)link["expiresAt"], (bool)link["hasPassword"]!, (int)link["maxViews"]!));
        var address = $"{share}/{link["id"]}";
        var qr = await browser.Get(address + "/qr.svg");
        Assert.Equal(("image/svg+xml", "no-store"), (qr.ContentHeaders.ContentType?.MediaType, qr.Header("Cache-Control")));
        Assert.DoesNotContain("style", qr.Text, StringComparison.Ordinal);

        // Nothing sent keeps the password; an empty limit takes the limit away.
        Assert.Equal(303, (await browser.Submit(share, address, new() { ["label"] = "مرحبا 🎉", ["expires"] = "keep" })).StatusCode);
        link = (await ada.GetAsync($"/v1/collections/{cats[3..]}/links"))["items"]![0]!;
        Assert.Equal(("مرحبا 🎉", $"{year}-01-01T10:30:00.000Z", true, null), ((string?)link["label"], (string?)link["expiresAt"], (bool)link["hasPassword"]!, (int?)link["maxViews"]));
        Assert.Equal(303, (await browser.Submit(share, address, new() { ["label"] = "Mum", ["expires"] = "never", ["removePassword"] = "1" })).StatusCode);
        link = (await ada.GetAsync($"/v1/collections/{cats[3..]}/links"))["items"]![0]!;
        Assert.Equal((null, false), ((string?)link["expiresAt"], (bool)link["hasPassword"]!));
        var wrong = await browser.Submit(share, address, new() { ["label"] = "Typed", ["maxViews"] = "many", ["expires"] = "keep" });
        Assert.Equal(400, wrong.StatusCode);
        Assert.Contains("value=\"Typed\"", wrong.Text, StringComparison.Ordinal);

        using var guest = new Browser(product.Address);
        Assert.Equal(200, (await guest.Get(new Uri((string)link["url"]!).AbsolutePath)).StatusCode);
        Assert.Equal(303, (await browser.Submit(share, address + "/revoke")).StatusCode);
        Assert.Equal(404, (await guest.Get(new Uri((string)link["url"]!).AbsolutePath)).StatusCode);
        Assert.Equal(404, (await browser.Get(address + "/qr.svg")).StatusCode);
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

    private static string Hidden(Answer page, string name) =>
        WebUtility.HtmlDecode(Regex.Match(page.Text, $"name=\"{name}\" value=\"([^\"]*)\"").Groups[1].Value);

    [GeneratedRegex("class=\"card-open\" href=\"([^\"]+)\"")]
    private static partial Regex Card();
}
