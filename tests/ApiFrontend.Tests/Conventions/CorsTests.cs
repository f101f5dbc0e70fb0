using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Conventions;

public sealed class CorsTests
{
    [Fact]
    public async Task Only_named_origins_may_read_and_never_with_cookies()
    {
        await using var product = await TestProduct.StartAsync(
            new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Cors:Origins"] = "https://chat.example.org" });
        using var wire = new Wire(product.BaseAddress);
        var allowed = await wire.Send("GET", "/v1/users/nobody", (string?)null, ("Origin", "https://chat.example.org"));
        Assert.Equal("https://chat.example.org", allowed.Header("Access-Control-Allow-Origin"));
        Assert.Null(allowed.Header("Access-Control-Allow-Credentials"));
        var preflight = await wire.Send(
            "OPTIONS", "/v1/users/me", (string?)null,
            ("Origin", "https://chat.example.org"), ("Access-Control-Request-Method", "PATCH"), ("Access-Control-Request-Headers", "authorization,content-type"));
        Assert.Equal(204, preflight.Code);
        Assert.Contains("PATCH", preflight.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Null((await wire.Send("GET", "/v1/users/nobody", (string?)null, ("Origin", "https://evil.example"))).Header("Access-Control-Allow-Origin"));
    }
}
