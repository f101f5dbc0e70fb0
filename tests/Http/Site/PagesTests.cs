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
    public async Task Who_registers_comes_to_their_collections()
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
    }

    [Fact]
    public async Task A_guest_of_a_link_sees_the_files_that_were_uploaded()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (page, add) = ($"/c/{ada.Collection}", $"/c/{ada.Collection}/add");
        var uploaded = await ada.Browser.Submit(add, add, files: [("hearts.gif", Gif()), ("sailing.gif", Gif("sailing.gif"))]);
        Assert.Equal(303, uploaded.StatusCode);
        Assert.StartsWith(page + "?done=selection&undo=", uploaded.Header("Location"), StringComparison.Ordinal);
        var (share, _, _) = await ada.Link();
        var link = WebUtility.HtmlDecode(Link().Match((await ada.Browser.Get(share)).Text).Groups[1].Value);
        Assert.StartsWith(product.Product.Host.PublicUrl + "/s/", link, StringComparison.Ordinal);

        using var guest = new Browser(product.Address);
        var shared = await guest.Get(new Uri(link).PathAndQuery);
        Assert.Equal(200, shared.StatusCode);
        var images = Images().Matches(shared.Text).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).ToArray();
        Assert.Equal(2, images.Length);
        using var plain = new ApiClient(product.Address);
        Assert.Contains(await Task.WhenAll(images.Select(plain.GetBytesAsync)), bytes => bytes.SequenceEqual(Gif()));
    }

    [Fact]
    public async Task A_shared_page_has_a_card_for_messengers_and_stays_out_of_search_engines()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var guest = new Browser(product.Address);
        var shared = await guest.Get(await ada.OpenLink());
        Assert.Contains("property=\"og:title\"", shared.Text, StringComparison.Ordinal);
        Assert.Equal("noindex", shared.Header("X-Robots-Tag"));
        Assert.Equal("no-referrer", shared.Header("Referrer-Policy"));
    }

    [Fact]
    public async Task A_shared_collection_is_embedded_by_other_sites()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        using var guest = new Browser(product.Address);
        var link = await ada.ReadLink((await ada.Link()).Link);
        var oembed = await guest.Get("/oembed?url=" + Uri.EscapeDataString((string)link["url"]!));
        Assert.Equal("rich", (string?)oembed["type"]);
        var embed = await guest.Get("/embed/" + (string)link["token"]!);
        Assert.Equal(200, embed.StatusCode);
        Assert.Equal(("no-cache", "no-cache"), (oembed.Header("Cache-Control"), embed.Header("Cache-Control")));
        Assert.Contains("frame-ancestors *", embed.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_its_page_removes_is_gone_for_guests()
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        using var guest = new Browser(product.Address);
        var link = await ada.OpenLink();
        Assert.Equal(2, Images().Count((await guest.Get(link)).Text));
        var item = Item().Match((await ada.Browser.Get($"/c/{ada.Collection}")).Text).Groups[1].Value;
        Assert.Equal(303, (await ada.Browser.Submit(item, item + "/remove")).StatusCode);
        Assert.Equal(1, Images().Count((await guest.Get(link)).Text));
    }

    [Fact]
    public async Task Who_logs_out_is_a_guest()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        Assert.Equal(303, (await ada.Browser.Submit("/collections", "/logout")).StatusCode);
        Assert.Equal((303, "/login?return=%2Fcollections"), await Where(ada.Browser, "/collections"));
        Assert.Equal(404, (await ada.Browser.Get($"/c/{ada.Collection}")).StatusCode);
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
}
