using GifShare.ApiFrontend.Auth;
using GifShare.ApiFrontend.Site;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Site;

/// <summary>Who may come to which page. The routes are asked of the running product, so that a new one is in here by itself.</summary>
public sealed class PageAccessTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private sealed record PageOfMine(string Method, string Template)
    {
        public override string ToString() => $"{Method} {Template}";
    }

    /// <summary>What is about one collection and for its owner only. The page of a collection itself follows its visibility.</summary>
    private static readonly string[] OwnersOnly = ["/edit", "/delete", "/share"];

    private PageOfMine[] Routes =>
    [
        .. product.Product.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<PageRoute>() is not null && e.Metadata.GetMetadata<SignInRequired>() is { AdministratorsOnly: false })
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => new PageOfMine(m, e.RoutePattern.RawText!)))
            .Distinct(),
    ];

    [Fact]
    public async Task Guests_are_asked_to_log_in_and_come_back()
    {
        Assert.Contains(Routes, r => r.ToString() == "GET /collections");
        Assert.Contains(Routes, r => r.ToString() == "POST /settings/account/delete");
        using var guest = new Browser(product.Address);
        var failures = new List<string>();
        foreach (var route in Routes)
        {
            var path = Fill(route.Template, Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
            var reply = route.Method == "GET" ? await guest.Get(path) : await guest.Post(path, []);
            var expected = "/login" + (route.Method == "GET" ? "?return=" + Uri.EscapeDataString(path) : "");
            if ((reply.StatusCode, reply.Header("Location")) != (303, expected))
                failures.Add($"{route}: {reply.StatusCode} {reply.Header("Location")}");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact]
    public async Task A_form_that_is_not_ours_does_nothing()
    {
        var (ada, browser, collection, link) = await Scene("shared");
        var failures = new List<string>();
        foreach (var route in Routes.Where(r => r.Method == "POST"))
            foreach (var token in (string[])["", "CfDJ8AAAA"])
            {
                var reply = await browser.Post(Fill(route.Template, collection, link), new() { ["_antiforgery"] = token, ["name"] = "Not mine", ["password"] = ApiClient.Password });
                if (reply.StatusCode != 400)
                    failures.Add($"{route}: {reply.StatusCode} {reply.Header("Location")}");
            }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.Equal(200, (await browser.Get($"/c/{collection}/share")).StatusCode);
        ada.Dispose();
        browser.Dispose();
    }

    [Theory]
    [InlineData("private")]
    [InlineData("shared")]
    [InlineData("public")]
    public async Task What_is_for_the_owner_is_not_there_for_anybody_else(string visibility)
    {
        var (ada, own, collection, link) = await Scene(visibility);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        using var other = new Browser(product.Address);
        await other.SignIn(eve.Username, ApiClient.Password);
        var token = Browser.FormToken(await other.Get("/collections"));
        var failures = new List<string>();
        var routes = Routes.Where(r => r.Template.StartsWith("/c/{id}/", StringComparison.Ordinal) && OwnersOnly.Any(part => r.Template.Contains(part, StringComparison.Ordinal) && !r.Template.Contains("/items", StringComparison.Ordinal)))
            .Append(new("POST", "/trash/collections/{id}")).ToArray();
        Assert.True(routes.Length >= 10, string.Join('\n', routes.AsEnumerable()));
        foreach (var route in routes)
        {
            var path = Fill(route.Template, collection, link);
            var form = new Dictionary<string, string>() { ["_antiforgery"] = token, ["name"] = "Taken over", ["visibility"] = "public", ["version"] = "1" };
            var reply = route.Method == "GET" ? await other.Get(path) : await other.Post(path, form);
            if (reply.StatusCode != 404)
                failures.Add($"{route}: {reply.StatusCode} {reply.Header("Location")}");
            Assert.DoesNotContain("Cats of Ada", reply.Text, StringComparison.Ordinal);
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        // It is as it was, and its owner gets all of it.
        Assert.Contains("Cats of Ada", (await own.Get($"/c/{collection}/edit")).Text, StringComparison.Ordinal);
        foreach (var route in routes.Where(r => r.Method == "GET"))
            Assert.Equal(200, (await own.Get(Fill(route.Template, collection, link))).StatusCode);
        ada.Dispose();
        own.Dispose();
    }

    [Fact]
    public async Task Nobody_ends_the_session_of_another()
    {
        using var ada = await ApiClient.RegisterAsync(product.Address);
        using var eve = await ApiClient.RegisterAsync(product.Address);
        using var own = new Browser(product.Address);
        using var other = new Browser(product.Address);
        await own.SignIn(ada.Username, ApiClient.Password);
        await other.SignIn(eve.Username, ApiClient.Password);
        var session = (string)(await ada.GetAsync("/v1/sessions"))["items"]![0]!["id"]!;
        var token = Browser.FormToken(await other.Get("/settings/sessions"));
        Assert.Equal(303, (await other.Post($"/settings/sessions/{session}/end", new() { ["_antiforgery"] = token })).StatusCode);
        Assert.Equal(200, (await own.Get("/collections")).StatusCode);
    }

    private async Task<(ApiClient, Browser, string Collection, string Link)> Scene(string visibility)
    {
        var ada = await ApiClient.RegisterAsync(product.Address);
        var browser = new Browser(product.Address);
        await browser.SignIn(ada.Username, ApiClient.Password);
        var collection = (string)(await ada.PostAsync("/v1/collections", """{"name":"Cats of Ada","visibility":"shared"}"""))["id"]!;
        var link = (string)(await ada.PostAsync($"/v1/collections/{collection}/links", "{}"))["id"]!;
        Assert.Equal(200, (await ada.PatchAsync($"/v1/collections/{collection}", $$"""{"visibility":"{{visibility}}"}""")).StatusCode);
        return (ada, browser, collection, link);
    }

    private static string Fill(string template, string collection, string link) => template
        .Replace("/collections/{id}", $"/collections/{collection}", StringComparison.Ordinal)
        .Replace("/c/{id}", $"/c/{collection}", StringComparison.Ordinal)
        .Replace("{link}", link, StringComparison.Ordinal)
        .Replace("{id}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
        .Replace("{gif}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
        .Replace("{token}", "AAAAAAAAAAAAAAAAAAAAAA", StringComparison.Ordinal)
        .Replace("{username}", "nobody", StringComparison.Ordinal);
}
