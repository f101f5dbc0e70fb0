using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Gifs;

namespace GifShare.Http.Tests.Http;

public sealed class CorsTests
{
    [Fact]
    public async Task Only_named_origins_may_read_and_never_with_cookies()
    {
        await using var product = await TestProduct.StartAsync(
            new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Cors:Origins"] = "https://chat.example.org" });
        using var guest = new ApiClient(product.BaseAddress);
        var allowed = await guest.GetAsync("/v1/users/nobody", ("Origin", "https://chat.example.org"));
        Assert.Equal("https://chat.example.org", allowed.Header("Access-Control-Allow-Origin"));
        Assert.Null(allowed.Header("Access-Control-Allow-Credentials"));
        var preflight = await guest.SendAsync(
            "OPTIONS", "/v1/users/me", null,
            ("Origin", "https://chat.example.org"), ("Access-Control-Request-Method", "PATCH"), ("Access-Control-Request-Headers", "authorization,content-type"));
        Assert.Equal(204, preflight.StatusCode);
        Assert.Contains("PATCH", preflight.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Null((await guest.GetAsync("/v1/users/nobody", ("Origin", "https://evil.example"))).Header("Access-Control-Allow-Origin"));
        foreach (var exposed in (string[])["ETag", "Location", "RateLimit-Limit", "Retry-After", "Link-View", "Bloom-Bits", "Bloom-Hashes", "Bloom-Count", "Content-Disposition"])
            Assert.Contains(exposed, allowed.Header("Access-Control-Expose-Headers")!.Split(','));
    }

    /// <summary>An image is asked for without an origin; a script that wants the same bytes must not be given what was kept of that.</summary>
    [Theory, InlineData("https://chat.example.org"), InlineData("*"), InlineData("https://chat.example.org;https://other.example.org")]
    public async Task Every_answer_that_CORS_may_change_says_so(string origins)
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Cors:Origins"] = origins });
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        var picture = (string)(await ada.UploadAsync(GifFiles.Sample("sailing.gif")))["url"]!;
        using var guest = new ApiClient(product.BaseAddress);
        foreach (var path in (string[])[new Uri(product.BaseAddress, picture).PathAndQuery, "/v1/users/nobody", "/health/live"])
        {
            Assert.Equal("Origin", (await guest.GetAsync(path)).Header("Vary"));
            Assert.Equal("Origin", (await guest.GetAsync(path, ("Origin", "https://chat.example.org"))).Header("Vary"));
        }
    }
}
