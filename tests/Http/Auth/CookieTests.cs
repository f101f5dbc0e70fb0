using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;
using GifShare.Http.Tests.Site;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Auth;

public sealed class CookieTests
{
    [Fact]
    public async Task The_API_takes_the_cookie_only_with_the_antiforgery_header()
    {
        await using var product = await TestProduct.StartAsync(ConventionsProduct.NoLimits);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        using var browser = new Browser(product.BaseAddress);
        await browser.SignIn(ada.Username, ApiClient.Password);
        var cookie = browser.Cookies.Single(c => c.Name == "gifshare");
        Assert.True(cookie.HttpOnly);
        (await browser.Get("/v1/users/me")).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await browser.Get("/v1/users/me", "GET", ("X-Antiforgery", "made up"))).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        var token = Browser.FormToken(await browser.Get("/collections"));
        Assert.Equal(200, (await browser.Get("/v1/users/me", "GET", ("X-Antiforgery", token))).StatusCode);
        Assert.Equal(404, (await browser.Get("/v1/users/nobody")).StatusCode);
    }

    [Fact]
    public async Task A_form_from_elsewhere_changes_nothing()
    {
        await using var product = await TestProduct.StartAsync(ConventionsProduct.NoLimits);
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        using var browser = new Browser(product.BaseAddress);
        await browser.SignIn(ada.Username, ApiClient.Password);
        Assert.Equal(400, (await browser.Post("/collections", new() { ["name"] = "Stolen" })).StatusCode);
        Assert.DoesNotContain("Stolen", (await browser.Get("/collections")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_access_token_is_renewed_once_for_all_tabs_and_a_revoked_session_leads_to_the_log_in()
    {
        var clock = new MovingClock();
        await using var product = await TestProduct.StartAsync(ConventionsProduct.NoLimits, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        using var browser = new Browser(product.BaseAddress);
        await browser.SignIn(ada.Username, ApiClient.Password);
        var before = browser.Cookies.Single(c => c.Name == "gifshare").Value;
        clock.Offset = TimeSpan.FromMinutes(20);
        var tabs = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => browser.Get("/collections")));
        Assert.All(tabs, tab => Assert.Equal(200, tab.StatusCode));
        Assert.NotEqual(before, browser.Cookies.Single(c => c.Name == "gifshare").Value);
        clock.Offset = TimeSpan.FromMinutes(40);
        Assert.Equal(200, (await browser.Get("/collections")).StatusCode);

        var again = await ada.As(null).PostAsync("/v1/sessions", ApiClient.Credentials(ada.Username, ApiClient.Password));
        Assert.Equal(204, (await ada.As((string)again["accessToken"]!).SendAsync("PUT", "/v1/users/me/password", new System.Text.Json.Nodes.JsonObject
        {
            ["old"] = ApiClient.Password,
            ["new"] = "eight quiet otters",
        })).StatusCode);
        var gone = await browser.Get("/collections");
        Assert.Equal((303, "/login?return=%2Fcollections"), (gone.StatusCode, gone.Header("Location")));
    }

    [Fact]
    public async Task Where_the_public_address_is_https_cookies_are_host_bound_and_secure()
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["PublicUrl"] = "https://gifs.example.org" });
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        using var guest = new ApiClient(product.BaseAddress);
        var page = await guest.GetAsync("/login", ("Host", "gifs.example.org"));
        var form = page.Header("Set-Cookie")!;
        Assert.StartsWith("__Host-gifshare-form=", form, StringComparison.Ordinal);
        var content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["_antiforgery"] = Browser.FormToken(page),
            ["login"] = ada.Username,
            ["password"] = ApiClient.Password,
        });
        var signedIn = await guest.PostAsync("/login", content, ("Host", "gifs.example.org"), ("Cookie", form[..form.IndexOf(';', StringComparison.Ordinal)]));
        Assert.Equal(303, signedIn.StatusCode);
        var cookie = signedIn.Header("Set-Cookie")!;
        Assert.StartsWith("__Host-gifshare=", cookie, StringComparison.Ordinal);
        foreach (var attribute in (string[])["path=/", "secure", "samesite=lax", "httponly"])
            Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("max-age=", signedIn.Header("Strict-Transport-Security"), StringComparison.Ordinal);
    }
}
