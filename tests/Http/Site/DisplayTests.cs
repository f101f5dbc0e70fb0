using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

public sealed class DisplayTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
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
}
