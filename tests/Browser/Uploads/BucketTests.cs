using System.Collections.Concurrent;
using System.Web;
using GifShare.Browser.Tests.Collections;
using GifShare.Browser.Tests.Site;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Uploads;

/// <summary>Where the store has addresses that clients reach, the page sends parts there, to another origin.</summary>
public sealed class BucketTests(RunningSite site) : TrayJourney(site)
{
    [Fact]
    public async Task Parts_go_to_the_bucket_itself()
    {
        var (server, problem) = await S3Server.TryGetAsync();
        Assert.SkipWhen(server is null, problem);
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>
        {
            ["ObjectStore:Kind"] = "S3",
            ["ObjectStore:S3:Endpoint"] = server.Endpoint,
            ["ObjectStore:S3:AccessKey"] = server.AccessKey,
            ["ObjectStore:S3:SecretKey"] = server.SecretKey,
            ["ObjectStore:S3:Bucket"] = "tray-" + Guid.NewGuid().ToString("N"),
            ["ObjectStore:S3:Direct"] = "true",
            ["Media:PartBytes"] = $"{RunningSite.PartBytes}",
        });
        var visitor = await Visit(through: new(product.Host.PublicUrl));
        var parts = new ConcurrentQueue<string?>();
        await visitor.Page.Context.RouteAsync(url => url.StartsWith(server.Endpoint, StringComparison.Ordinal), async route =>
        {
            parts.Enqueue(HttpUtility.ParseQueryString(new Uri(route.Request.Url).Query)["partNumber"]);
            await route.ContinueAsync();
        });
        using var ada = new Owner(visitor, await ApiClient.RegisterAsync(product.BaseAddress));
        await ada.Begin(0);
        var page = await ada.Page.ReloadAsync();
        Assert.Contains($"connect-src 'self' {server.Endpoint};", page!.Headers["content-security-policy"], StringComparison.Ordinal);
        // The bucket and its rules are made meanwhile; the tray waits for them.
        await Choose(ada);
        await Expect(ada.Uploads).ToContainTextAsync("Added");
        await IsThereOnce(ada);
        Assert.Equal(["1", "2", "3"], parts.Distinct().Order());
        ada.Visitor.Forgive();
    }
}
