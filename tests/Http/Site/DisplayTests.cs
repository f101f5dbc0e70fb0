using System.Text.RegularExpressions;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

public sealed partial class DisplayTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    [Fact]
    public async Task Guests_and_members_choose_how_the_pages_look()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var guest = new Browser(product.Address);
        using var member = new Browser(product.Address);
        await member.SignIn(ada.Username, ApiClient.Password);
        foreach (var browser in (Browser[])[guest, member])
        {
            Assert.Contains("data-theme=\"system\" data-motion=\"system\" data-linked=\"load\"", (await browser.Get("/design")).Text, StringComparison.Ordinal);
            var saved = await browser.Submit("/settings/display", "/settings/display", new() { ["theme"] = "dark", ["linked"] = "ask", ["motion"] = "still" });
            Assert.Equal((303, "/settings/display?done=display-saved"), (saved.StatusCode, saved.Header("Location")));
            var again = await browser.Get("/settings/display?done=display-saved");
            Assert.Contains("data-theme=\"dark\" data-motion=\"still\" data-linked=\"ask\"", again.Text, StringComparison.Ordinal);
            Assert.Contains("Saved for this browser.", again.Text, StringComparison.Ordinal);
            Assert.Contains("data-theme=\"dark\"", (await browser.Get("/nowhere")).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_not_a_choice_is_the_default_and_never_reaches_the_page()
    {
        using var browser = new Browser(product.Address);
        var odd = "\"><script>alert(1)</script>";
        Assert.Equal(303, (await browser.Submit("/settings/display", "/settings/display", new() { ["theme"] = odd, ["linked"] = odd })).StatusCode);
        Assert.Contains("data-theme=\"system\"", (await browser.Get("/")).Text, StringComparison.Ordinal);
        foreach (var cookie in (string[])["%22%3E%3Cscript%3E.load.system", "dark", "....", "dark.ask.still.more"])
        {
            var page = await new Browser(product.Address).Get("/", "GET", ("Cookie", "gifshare-look=" + cookie));
            Assert.Equal(200, page.StatusCode);
            Assert.Contains("data-theme=\"system\"", page.Text, StringComparison.Ordinal);
        }

        Assert.Equal(400, (await new Browser(product.Address).Post("/settings/display", new() { ["theme"] = "dark" })).StatusCode);
    }

    [Fact]
    public async Task Errors_say_what_to_do_and_tell_nothing()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var secret = (string)(await ada.PostAsync("/v1/collections", """{"name":"Secret"}"""))["id"]!;
        using var eve = new Browser(product.Address);
        using var other = await ApiClient.RegisterAsync(product.Address);
        using var member = new Browser(product.Address);
        await member.SignIn(other.Username, ApiClient.Password);
        foreach (var browser in (Browser[])[eve, member])
        {
            var hidden = await browser.Get("/c/" + secret);
            var missing = await browser.Get("/c/" + Guid.CreateVersion7());
            Assert.Equal((404, 404), (hidden.StatusCode, missing.StatusCode));
            Assert.Equal(missing.Text, hidden.Text);
            Assert.Contains("href=\"/\"", hidden.Text, StringComparison.Ordinal);
        }

        Assert.Contains("href=\"/collections\"", (await member.Get("/nowhere")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/collections\"", (await eve.Get("/nowhere")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_in_visitor_of_the_log_in_page_goes_on_at_once_but_never_elsewhere()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = new Browser(product.Address);
        await browser.SignIn(ada.Username, ApiClient.Password);
        Assert.Equal("/settings/display", (await browser.Get("/login?return=%2Fsettings%2Fdisplay")).Header("Location"));
        foreach (var elsewhere in (string[])["//evil.example", "https://evil.example", "/\\evil.example", ""])
            Assert.Equal("/collections", (await browser.Get("/login?return=" + Uri.EscapeDataString(elsewhere))).Header("Location"));
    }

    [Fact]
    public async Task Pages_are_packed_but_not_beside_a_text_of_the_address()
    {
        using var browser = new Browser(product.Address);
        var packed = await browser.Get("/design", "GET", ("Accept-Encoding", "gzip, br"));
        Assert.Equal((200, "br"), (packed.StatusCode, packed.Header("Content-Encoding")));
        Assert.Equal("gzip", (await browser.Get("/design?cursor=x", "GET", ("Accept-Encoding", "gzip"))).Header("Content-Encoding"));
        Assert.Null((await browser.Get("/design?q=x", "GET", ("Accept-Encoding", "gzip, br"))).Header("Content-Encoding"));
        Assert.Null((await browser.Get("/design")).Header("Content-Encoding"));

        // An error that comes while it is packed is whole.
        var missing = await browser.Get("/c/" + Guid.CreateVersion7(), "GET", ("Accept-Encoding", "br"));
        Assert.Equal((404, "br"), (missing.StatusCode, missing.Header("Content-Encoding")));
    }

    [Fact]
    public async Task Markup_in_a_name_is_shown_as_what_was_typed()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = new Browser(product.Address);
        await browser.SignIn(ada.Username, ApiClient.Password);
        var made = await browser.Submit("/collections", "/collections", new() { ["name"] = "Cats <script>alert(1)</script>" });
        var page = await browser.Get(made.Header("Location")!);
        Assert.Contains("Cats &lt;script&gt;", page.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch(InlineCode(), page.Text);
    }

    [Fact]
    public async Task Pages_have_a_strict_policy_and_immutable_assets()
    {
        using var browser = new Browser(product.Address);
        foreach (var path in (string[])["/", "/login", "/register", "/nothing"])
        {
            var page = await browser.Get(path);
            var policy = page.Header("Content-Security-Policy")!;
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Contains("script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotMatch(InlineCode(), page.Text);
            var assets = Assets().Matches(page.Text).Select(m => m.Value).Distinct().ToArray();
            Assert.Contains(assets, a => a.EndsWith("/site.css", StringComparison.Ordinal));
            Assert.Contains(assets, a => a.EndsWith("/app.js", StringComparison.Ordinal));
            foreach (var asset in assets)
                Assert.Equal((200, "public, max-age=31536000, immutable"), await Kept(browser, asset));
        }
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Assets_are_small_on_the_wire_and_whole(string encoding)
    {
        using var browser = new Browser(product.Address);
        var names = Assets().Matches((await browser.Get("/")).Text).Select(m => m.Value).ToHashSet();
        Assert.True(names.Count >= 3);
        foreach (var name in names)
        {
            var plain = await browser.Get(name);
            Assert.Null(plain.Header("Content-Encoding"));
            var packed = await browser.Get(name, "GET", ("Accept-Encoding", "gzip, deflate, " + encoding));
            Assert.Equal(("Accept-Encoding", "nosniff"), (packed.Header("Vary"), packed.Header("X-Content-Type-Options")));
            Assert.Equal(encoding, packed.Header("Content-Encoding"));
        }
    }

    [Fact]
    public async Task An_asset_of_another_version_is_not_kept()
    {
        using var browser = new Browser(product.Address);
        Assert.Equal((200, "no-store"), await Kept(browser, "/assets/000000000000/app.js"));
        Assert.Equal(404, (await browser.Get("/assets/000000000000/nothing.js")).StatusCode);
    }

    private static async Task<(int, string?)> Kept(Browser browser, string path)
    {
        var reply = await browser.Get(path);
        return (reply.StatusCode, reply.Header("Cache-Control"));
    }

    [GeneratedRegex("/assets/[0-9a-f]{12}/[a-z.-]+")]
    private static partial Regex Assets();

    /// <summary>A script without a file, a style attribute, an event attribute.</summary>
    [GeneratedRegex("<script(?![^>]* src=)|<[^>]* style=|<[^>]* on[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineCode();
}
