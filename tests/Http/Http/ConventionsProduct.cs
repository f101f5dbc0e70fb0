using GifShare.Fixtures;

namespace GifShare.Http.Tests.Http;

/// <summary>The whole product without limits: what is tested here sends much.</summary>
public sealed class ConventionsProduct : IAsyncLifetime
{
    public static Dictionary<string, string?> NoLimits => new()
    {
        ["RateLimits:WritesPerMinute"] = "0",
        ["RateLimits:UploadsPerHour"] = "0",
        ["RateLimits:ReadsPerMinutePerAddress"] = "0",
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:FailedPasswordsPer15Min"] = "0",
    };

    public TestProduct Product { get; private set; } = null!;

    public Uri Address => Product.BaseAddress;

    public async ValueTask InitializeAsync() => Product = await TestProduct.StartAsync(NoLimits);

    public ValueTask DisposeAsync() => Product.DisposeAsync();
}
