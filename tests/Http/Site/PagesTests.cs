using System.Net;
using System.Text.RegularExpressions;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>The newcomer's five minutes and what guests see, by plain forms.</summary>
public sealed partial class PagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static byte[] Gif(string name = "hearts.gif") => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    [Fact]
    public async Task Register_collect_upload_share_and_a_guest_sees_the_gif()
    {
        using var browser = new Browser(product.Address);
        Assert.Contains("/register", (await browser.Get("/")).Text, StringComparison.Ordinal);
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        var registered = await browser.Submit("/register", "/register", new()
        {
            ["firstName"] = "Ada",
            ["lastName"] = "Lovelace",
            ["email"] = name + "@example.org",
            ["username"] = name,
            ["password"] = ApiClient.Password,
        });
        Assert.Equal((303, "/collections"), (registered.StatusCode, registered.Header("Location")));
        Assert.Equal((303, "/collections"), await Where(browser, "/"));

        var collection = (await browser.Submit("/collections", "/collections", new() { ["name"] = "Cats <script>alert(1)</script>" })).Header("Location")!;
        var empty = await browser.Get(collection);
        Assert.Contains("Cats &lt;script&gt;", empty.Text, StringComparison.Ordinal);
        Assert.DoesNotMatch(InlineCode(), empty.Text);

        var add = collection + "/add";
        var uploaded = await browser.Submit(add, add, files: [("hearts.gif", Gif()), ("sailing.gif", Gif("sailing.gif"))]);
        Assert.Equal(303, uploaded.StatusCode);
        Assert.StartsWith(collection + "?done=selection&undo=", uploaded.Header("Location"), StringComparison.Ordinal);
        var refused = await browser.Submit(add, add, files: [("fake.gif", "not a gif"u8.ToArray())]);
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("fake.gif", refused.Text, StringComparison.Ordinal);

        var share = collection + "/share";
        Assert.Equal(303, (await browser.Submit(share, share + "/open")).StatusCode);
        Assert.Equal(303, (await browser.Submit(share, share)).StatusCode);
        var link = WebUtility.HtmlDecode(Link().Match((await browser.Get(share)).Text).Groups[1].Value);
        Assert.StartsWith(product.Product.Host.PublicUrl + "/s/", link, StringComparison.Ordinal);

        using var guest = new Browser(product.Address);
        var shared = await guest.Get(new Uri(link).PathAndQuery);
        Assert.Equal(200, shared.StatusCode);
        var images = Images().Matches(shared.Text).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).ToArray();
        Assert.Equal(2, images.Length);
        using var plain = new ApiClient(product.Address);
        Assert.Contains(
            await Task.WhenAll(images.Select(plain.GetBytesAsync)), bytes => bytes.SequenceEqual(Gif()));
        Assert.Contains("property=\"og:title\"", shared.Text, StringComparison.Ordinal);
        Assert.Equal("noindex", shared.Header("X-Robots-Tag"));
        Assert.Equal("no-referrer", shared.Header("Referrer-Policy"));

        var oembed = await guest.Get("/oembed?url=" + Uri.EscapeDataString(link));
        Assert.Equal("rich", (string?)oembed["type"]);
        var embed = await guest.Get(new Uri(link).AbsolutePath.Replace("/s/", "/embed/", StringComparison.Ordinal));
        Assert.Equal(200, embed.StatusCode);
        Assert.Equal(("no-cache", "no-cache"), (oembed.Header("Cache-Control"), embed.Header("Cache-Control")));
        Assert.Contains("frame-ancestors *", embed.Header("Content-Security-Policy"), StringComparison.Ordinal);

        // Removing an item through the page.
        var item = Item().Match((await browser.Get(collection)).Text).Groups[1].Value;
        Assert.Equal(303, (await browser.Submit(item, item + "/remove")).StatusCode);
        Assert.Single(Images().Matches((await guest.Get(new Uri(link).PathAndQuery)).Text));

        Assert.Equal(303, (await browser.Submit("/collections", "/logout")).StatusCode);
        Assert.Equal((303, "/login?return=%2Fcollections"), await Where(browser, "/collections"));
        Assert.Equal(404, (await browser.Get(collection)).StatusCode);
    }

    [Fact]
    public async Task A_capped_link_opens_by_a_button_and_previews_spend_nothing()
    {
        var (owner, collection) = await NewCollection("Secret cats");
        Assert.Equal(200, (await owner.PatchAsync($"/v1/collections/{collection}", """{"visibility":"shared"}""")).StatusCode);
        var made = (await owner.PostAsync($"/v1/collections/{collection}/links", """{"maxViews":1}""")).Json;
        var path = "/s/" + (string)made["token"]!;

        using var guest = new Browser(product.Address);
        for (var i = 0; i < 3; i++)
        {
            var card = await guest.Get(path);
            Assert.Equal(200, card.StatusCode);
            Assert.DoesNotContain("Secret cats", card.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("og:", card.Text, StringComparison.Ordinal);
        }

        Assert.Equal(404, (await guest.Get("/oembed?url=" + Uri.EscapeDataString((string)made["url"]!))).StatusCode);
        Assert.Equal(404, (await guest.Get("/embed/" + (string)made["token"]!)).StatusCode);
        Assert.Equal((303, path), await Open(guest, path));
        for (var i = 0; i < 3; i++)
            Assert.Contains("Secret cats", (await guest.Get(path)).Text, StringComparison.Ordinal);

        using var late = new Browser(product.Address);
        Assert.Equal(404, (await late.Get(path)).StatusCode);
        var links = (await owner.GetAsync($"/v1/collections/{collection}/links")).Json;
        Assert.Equal(1, (int)links["items"]![0]!["viewCount"]!);
        owner.Dispose();
    }

    [Fact]
    public async Task A_password_link_asks_for_it()
    {
        var (owner, collection) = await NewCollection("Hidden cats");
        Assert.Equal(200, (await owner.PatchAsync($"/v1/collections/{collection}", """{"visibility":"shared"}""")).StatusCode);
        var made = (await owner.PostAsync($"/v1/collections/{collection}/links", """{"password":"miau miau"}""")).Json;
        var path = "/s/" + (string)made["token"]!;
        using var guest = new Browser(product.Address);
        Assert.DoesNotContain("Hidden cats", (await guest.Get(path)).Text, StringComparison.Ordinal);
        Assert.Equal(401, (await guest.Submit(path, path, new() { ["password"] = "wuff" })).StatusCode);
        Assert.Equal(303, (await guest.Submit(path, path, new() { ["password"] = "miau miau" })).StatusCode);
        Assert.Contains("Hidden cats", (await guest.Get(path)).Text, StringComparison.Ordinal);
        owner.Dispose();
    }

    [Fact]
    public async Task Views_are_pages_that_were_shown_and_nothing_else()
    {
        var (owner, collection) = await NewCollection("Counted cats");
        Assert.Equal(200, (await owner.PatchAsync($"/v1/collections/{collection}", """{"visibility":"shared"}""")).StatusCode);
        var token = (string)(await owner.PostAsync($"/v1/collections/{collection}/links", "{}"))["token"]!;
        using var guest = new Browser(product.Address);
        await guest.Get("/s/" + token);
        await guest.Get("/s/" + token, "HEAD");
        await guest.Get("/s/" + token, "GET", ("Sec-Purpose", "prefetch;prerender"));
        await guest.Get("/embed/" + token);
        await guest.Get("/s/" + token);
        await Fixtures.Eventually.True(
            async () => (int)(await owner.GetAsync($"/v1/collections/{collection}/links"))["items"]![0]!["viewCount"]! == 2,
            TestContext.Current.CancellationToken);
        owner.Dispose();
    }

    [Fact]
    public async Task A_further_page_of_a_collection_is_no_view()
    {
        var (owner, collection) = await NewCollection("Many cats");
        Assert.Equal(200, (await owner.PatchAsync($"/v1/collections/{collection}", """{"visibility":"public"}""")).StatusCode);
        for (var i = 0; i < 51; i++)
        {
            var made = await owner.PostAsync($"/v1/collections/{collection}/items", $$"""{"url":"https://media.example.org/{{Guid.NewGuid()}}.gif","width":3,"height":2,"provider":"x"}""");
            Assert.Equal(201, made.StatusCode);
        }

        using var guest = new Browser(product.Address);
        var first = await guest.Get("/c/" + collection);
        var next = WebUtility.HtmlDecode(Next().Match(first.Text).Groups[1].Value);
        Assert.StartsWith("?cursor=", next, StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
            Assert.Equal(200, (await guest.Get($"/c/{collection}{next}")).StatusCode);
        await guest.Get("/c/" + collection);
        await Fixtures.Eventually.True(
            async () => (int)(await owner.GetAsync($"/v1/collections/{collection}"))["viewCount"]! == 2, TestContext.Current.CancellationToken);
        owner.Dispose();
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("/\tevil")]
    public async Task Log_in_never_leads_elsewhere(string back)
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var browser = new Browser(product.Address);
        var reply = await browser.Submit("/login", "/login", new() { ["login"] = ada.Username, ["password"] = ApiClient.Password, ["return"] = back });
        Assert.Equal((303, "/collections"), (reply.StatusCode, reply.Header("Location")));
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

    private async Task<(ApiClient Owner, string Id)> NewCollection(string name)
    {
        var owner = await ApiClient.RegisterAsync(product.Address);
        var made = await owner.PostAsync("/v1/collections", $$"""{"name":"{{name}}"}""");
        Assert.Equal(201, made.StatusCode);
        return (owner, (string)made["id"]!);
    }

    private static async Task<(int, string?)> Where(Browser browser, string path)
    {
        var reply = await browser.Get(path);
        return (reply.StatusCode, reply.Header("Location"));
    }

    private static async Task<(int, string?)> Kept(Browser browser, string path)
    {
        var reply = await browser.Get(path);
        return (reply.StatusCode, reply.Header("Cache-Control"));
    }

    private static async Task<(int, string?)> Open(Browser browser, string path)
    {
        var reply = await browser.Submit(path, path);
        return (reply.StatusCode, reply.Header("Location"));
    }

    [GeneratedRegex("class=\"share\"[^>]* value=\"([^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("data-next=\"([^\"]+)\"")]
    private static partial Regex Next();

    [GeneratedRegex("<img src=\"([^\"]+)\"")]
    private static partial Regex Images();

    [GeneratedRegex("href=\"(/c/[^/\"]+/items/[^\"]+)\"")]
    private static partial Regex Item();

    [GeneratedRegex("/assets/[0-9a-f]{12}/[a-z.-]+")]
    private static partial Regex Assets();

    /// <summary>A script without a file, a style attribute, an event attribute.</summary>
    [GeneratedRegex("<script(?![^>]* src=)|<[^>]* style=|<[^>]* on[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineCode();
}
