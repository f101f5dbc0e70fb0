using GifShare.Fixtures;

namespace GifShare.Http.Tests.Accounts;

/// <summary>The whole product with limits wide enough that tests of other things do not meet them.</summary>
public sealed class AccountsProduct : IAsyncLifetime
{
    public TestProduct Product { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:FailedPasswordsPer15Min"] = "1000",
    });

    public ValueTask DisposeAsync() => Product.DisposeAsync();
}
