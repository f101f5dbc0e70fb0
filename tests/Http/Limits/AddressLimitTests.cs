using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Limits;

public sealed class AddressLimitTests
{
    [Fact]
    public async Task Each_budget_of_an_address_ends_with_429_and_the_time_to_wait()
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>
        {
            ["RateLimits:ReadsPerMinutePerAddress"] = "10",
            ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "7",
            ["RateLimits:RegistrationsPerHourPerAddress"] = "3",
            ["ForwardedHeaders:KnownProxies"] = "127.0.0.1;::1",
        });
        using var guest = new ApiClient(product.BaseAddress);
        await Exhaust(10, "GET", "/v1/users/nobody", null, 404);
        await Exhaust(3, "POST", "/v1/users", "{}", 400);
        // Three of the seven went into registrations that were let through, one into the refused one's check.
        await Exhaust(4, "POST", "/v1/sessions", "{}", 400, atMost: true);

        async Task Exhaust(int allowed, string method, string path, string? body, int answer, bool atMost = false)
        {
            for (var i = 0; i < allowed; i++)
            {
                var reply = await guest.SendAsync(method, path, body, ("X-Forwarded-For", "192.0.2.1"));
                Assert.True(reply.StatusCode == answer || (atMost && reply.StatusCode == 429), reply.Text);
            }

            var refused = (await guest.SendAsync(method, path, body, ("X-Forwarded-For", "192.0.2.1"))).IsProblem(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.InRange(int.Parse(refused.Header("Retry-After")!), 1, 3600);
            // Another address is not affected; one of the same IPv6 network is one.
            Assert.Equal(answer, (await guest.SendAsync(method, path, body, ("X-Forwarded-For", "2001:db8::1"))).StatusCode);
        }
    }

    [Fact]
    public async Task A_forwarded_address_counts_only_from_a_known_proxy()
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?> { ["RateLimits:ReadsPerMinutePerAddress"] = "2" });
        using var guest = new ApiClient(product.BaseAddress);
        for (var i = 0; i < 2; i++)
            Assert.Equal(200, (await guest.GetAsync("/health/live", ("X-Forwarded-For", $"192.0.2.{i}"))).StatusCode);
        Assert.Equal(429, (await guest.GetAsync("/health/live", ("X-Forwarded-For", "192.0.2.9"))).StatusCode);
    }
}
