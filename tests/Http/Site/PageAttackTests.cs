using System.Text.RegularExpressions;
using GifShare.ApiFrontend.Site;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Site;

/// <summary>What an attacker tried on the pages, and does not get.</summary>
public sealed class PageAttackTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    [Fact]
    public async Task A_pass_that_was_made_up_neither_opens_a_capped_link_nor_spends_its_views()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var (collection, token) = await Share(ada, """{"maxViews":1}""");
        var path = "/s/" + token;
        using var guest = new Browser(product.Address);
        foreach (var cookies in (string[])["gifshare-pass=made-up", "gifshare-pass=made-up; gifshare-unlock=too"])
        {
            var card = await guest.Get(path, "GET", ("Cookie", cookies));
            Assert.Equal(200, card.StatusCode);
            Assert.DoesNotContain("Secret cats", card.Text, StringComparison.Ordinal);
            Assert.Contains($"action=\"{path}\"", card.Text, StringComparison.Ordinal);
            Assert.Equal(404, (await guest.Get(path + "/download", "GET", ("Cookie", cookies))).StatusCode);
        }

        Assert.Equal(0, await Views(ada, collection));
        // Its owner sees what others will, and spends nothing either.
        using var own = new Browser(product.Address);
        await own.SignIn(ada.Username, ApiClient.Password);
        Assert.Contains("Secret cats", (await own.Get(path)).Text, StringComparison.Ordinal);
        Assert.Equal(0, await Views(ada, collection));
        Assert.Equal(303, (await guest.Submit(path, path)).StatusCode);
        Assert.Contains("Secret cats", (await guest.Get(path)).Text, StringComparison.Ordinal);
        Assert.Equal(1, await Views(ada, collection));
    }

    [Fact]
    public async Task A_saved_copy_is_never_made_under_the_empty_id()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        var (collection, token) = await Share(ada, "{}");
        using var browser = new Browser(product.Address);
        await browser.SignIn(eve.Username, ApiClient.Password);
        var form = new Dictionary<string, string> { ["collection"] = "new", ["name"] = "Copy", ["newId"] = Guid.Empty.ToString() };
        var saved = await browser.Submit($"/s/{token}/save", $"/s/{token}/save", form);
        Assert.Equal(303, saved.StatusCode);
        Assert.DoesNotContain(Guid.Empty.ToString(), saved.Header("Location"), StringComparison.Ordinal);
        // Nor does anybody choose the id: a taken one answers like one that is free, and the same form makes one collection.
        foreach (var id in (string[])[collection, Guid.NewGuid().ToString()])
        {
            form["newId"] = id;
            var first = await browser.Submit($"/s/{token}/save", $"/s/{token}/save", form);
            Assert.Equal(303, first.StatusCode);
            Assert.DoesNotContain(id, first.Header("Location"), StringComparison.Ordinal);
            var second = await browser.Submit($"/s/{token}/save", $"/s/{token}/save", form);
            Assert.Equal(first.Header("Location")!.Split('?')[0], second.Header("Location")!.Split('?')[0]);
        }
    }

    [Fact]
    public async Task Files_for_a_collection_of_somebody_else_are_refused_before_they_are_read()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        var (collection, _) = await Share(ada, "{}");
        using var browser = new Browser(product.Address);
        await browser.SignIn(eve.Username, ApiClient.Password);
        // Reading it would end in 400: it is no form of ours, and no whole form at all.
        using var broken = new StringContent("not a form");
        broken.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "x") } };
        Assert.Equal(404, (await browser.PostJson($"/c/{collection}/add", broken, "none")).StatusCode);
    }

    [Fact]
    public async Task What_is_no_form_is_refused_and_is_no_fault_of_ours()
    {
        using var eve = await ApiClient.RegisterAsync(product.Address);
        using var browser = new Browser(product.Address);
        await browser.SignIn(eve.Username, ApiClient.Password);
        var token = Browser.FormToken(await browser.Get("/collections"));
        var posts = product.Product.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<PageRoute>() is not null && e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("POST"))
            .Select(e => Regex.Replace(e.RoutePattern.RawText!, "{[a-z]+}", Guid.NewGuid().ToString())).ToArray();
        Assert.True(posts.Length > 25);
        var failures = new List<string>();
        foreach (var path in posts)
            foreach (var type in (string?[])["application/json", "text/plain", null])
            {
                using var body = new StringContent("{}");
                body.Headers.ContentType = type is null ? null : new(type);
                var reply = await browser.PostJson(path, body, token);
                // Of a collection that is not there no body is looked at where it may be large.
                if (reply.StatusCode != 415 && !(reply.StatusCode == 404 && path.EndsWith("/add", StringComparison.Ordinal)))
                    failures.Add($"{path} {type}: {reply.StatusCode}");
            }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.Equal(200, (await browser.Get("/collections")).StatusCode);
    }

    [Fact]
    public async Task A_made_up_token_with_line_ends_gets_into_no_header()
    {
        using var eve = await ApiClient.RegisterAsync(product.Address);
        using var browser = new Browser(product.Address);
        await browser.SignIn(eve.Username, ApiClient.Password);
        var form = new Dictionary<string, string> { ["_antiforgery"] = Browser.FormToken(await browser.Get("/collections")), ["on"] = "0" };
        foreach (var token in (string[])["%0d%0aX-Evil:%20yes", "%E2%82%AC"])
        {
            var reply = await browser.Post($"/s/{token}/favorite/{Guid.NewGuid()}", form);
            Assert.Equal((303, true), (reply.StatusCode, reply.Header("Location")!.StartsWith($"/s/{token[..6]}", StringComparison.OrdinalIgnoreCase)));
            Assert.Null(reply.Header("X-Evil"));
        }
    }

    [Fact]
    public async Task An_error_page_asks_for_no_tokens_and_is_kept_by_nobody()
    {
        using var guest = new Browser(product.Address);
        foreach (var path in (string[])["/nothing-here", "/c/" + Guid.NewGuid(), "/ops", product.Address + "/evil.example/"])
        {
            var page = await guest.Get(path);
            Assert.Equal(404, page.StatusCode);
            Assert.Contains("no-store", page.Header("Cache-Control"), StringComparison.Ordinal);
            Assert.Null(page.Header("Set-Cookie"));
            Assert.DoesNotContain("evil.example", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("data-viewer", page.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_search_engine_keeps_the_address_of_a_link_that_led_to_the_log_in()
    {
        using var guest = new Browser(product.Address);
        Assert.Equal("noindex", (await guest.Get("/login?return=%2Fs%2FAAAAAAAAAAAAAAAAAAAAAA%2Fsave")).Header("X-Robots-Tag"));
        Assert.Null((await guest.Get("/login")).Header("X-Robots-Tag"));
    }

    [Fact]
    public async Task Pages_are_no_part_of_other_sites()
    {
        using var guest = new Browser(product.Address);
        foreach (var path in (string[])["/", "/login", "/s/AAAAAAAAAAAAAAAAAAAAAA", "/v1/users/nobody"])
            Assert.Equal("same-origin", (await guest.Get(path)).Header("Cross-Origin-Resource-Policy"));
    }

    [Fact]
    public async Task What_another_site_serves_is_asked_about_on_an_items_own_page_too()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var (collection, _) = await Share(ada, "{}");
        var added = await ada.PostAsync($"/v1/collections/{collection}/items", """{"url":"https://gifs.example.com/cat.gif","width":10,"height":10,"provider":"web"}""");
        var page = $"/c/{collection}/items/{(string)added["gif"]!["id"]!}";
        using var browser = new Browser(product.Address);
        await browser.SignIn(ada.Username, ApiClient.Password);
        Assert.Contains("src=\"https://gifs.example.com/cat.gif\"", (await browser.Get(page)).Text, StringComparison.Ordinal);
        await browser.Submit("/settings/display", "/settings/display", new() { ["linked"] = "ask" });
        var asks = await browser.Get(page);
        Assert.DoesNotContain("src=\"https://", asks.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"https://gifs.example.com/cat.gif\"", asks.Text, StringComparison.Ordinal);
    }

    private static async Task<(string Collection, string Token)> Share(ApiClient owner, string link)
    {
        var collection = (string)(await owner.PostAsync("/v1/collections", """{"name":"Secret cats","visibility":"shared"}"""))["id"]!;
        return (collection, (string)(await owner.PostAsync($"/v1/collections/{collection}/links", link))["token"]!);
    }

    private static async Task<int> Views(ApiClient owner, string collection) =>
        (int)(await owner.GetAsync($"/v1/collections/{collection}/links"))["items"]![0]!["viewCount"]!;
}
