using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;
using GifShare.Http.Tests.Site;

namespace GifShare.Http.Tests.Operations;

[Collection(nameof(Alone))]
public sealed class OpsPageTests
{
    [Fact]
    public async Task Operations_are_for_administrators_and_nothing_for_everybody_else()
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Operations:ReportSeconds"] = "1" });
        using var first = await ApiClient.RegisterAsync(product.BaseAddress);
        using var second = await ApiClient.RegisterAsync(product.BaseAddress);

        using var guest = new Browser(product.BaseAddress);
        using var user = new Browser(product.BaseAddress);
        await user.SignIn(second.Username, ApiClient.Password);
        foreach (var nobody in (Browser[])[guest, user])
        {
            var (hidden, missing) = (await nobody.Get("/ops"), await nobody.Get("/nowhere"));
            Assert.Equal((404, missing.StatusCode), (hidden.StatusCode, hidden.StatusCode));
            Assert.DoesNotContain("data-live", hidden.Text, StringComparison.Ordinal);
            Assert.Equal(Words(missing), Words(hidden));
        }

        using var admin = new Browser(product.BaseAddress);
        await admin.SignIn(first.Username, ApiClient.Password);
        await Eventually.True(
            async () => await admin.Get("/ops") is { StatusCode: 200 } page && page.Text.Contains("answers in", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        var shown = await admin.Get("/ops");
        Assert.DoesNotContain(" style=", shown.Text, StringComparison.Ordinal);
        Assert.Contains("no-store", shown.Header("Cache-Control"), StringComparison.Ordinal);
        // With a token of the API as well.
        Assert.Equal(404, (await second.GetAsync("/ops")).StatusCode);

        // Names of paths differ, the words do not.
        static string Words(Answer page) => page.Text[page.Text.IndexOf("<main", StringComparison.Ordinal)..page.Text.IndexOf("</main>", StringComparison.Ordinal)].Replace("/nowhere", "/ops", StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_database_away_the_page_is_there_and_says_so()
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Operations:ReportSeconds"] = "1" });
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        using var admin = new Browser(product.BaseAddress);
        await admin.SignIn(ada.Username, ApiClient.Password);
        await Eventually.True(async () => (await admin.Get("/ops")).Text.Contains("answers in", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await product.SetDatabaseAwayAsync(true);
        await Eventually.True(
            async () => await admin.Get("/ops") is { StatusCode: 200 } page && page.Text.Contains("The database does not answer", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        // A call that needs it fails, and the page says so.
        await Eventually.True(
            async () =>
            {
                await admin.Get("/collections");
                return (await admin.Get("/ops")).Text.Contains("of collection-lists failed in the last minute", StringComparison.Ordinal);
            },
            TestContext.Current.CancellationToken);
        using var guest = new ApiClient(product.BaseAddress);
        Assert.Contains("gifshare_grain_errors_total{grain_type=\"collection-lists\"}", (await guest.GetAsync("/metrics")).Text, StringComparison.Ordinal);
        await product.SetDatabaseAwayAsync(false);
        await Eventually.True(
            async () => !(await admin.Get("/ops")).Text.Contains("The database does not answer", StringComparison.Ordinal), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Metrics_name_grain_types_and_no_grain()
    {
        await using var product = await TestProduct.StartAsync(new Dictionary<string, string?>(ConventionsProduct.NoLimits) { ["Operations:ReportSeconds"] = "1" });
        using var ada = await ApiClient.RegisterAsync(product.BaseAddress);
        using var guest = new ApiClient(product.BaseAddress);
        await Eventually.True(
            async () => (await guest.GetAsync("/metrics")).Text.Contains("orleans_grains{grain_type=\"user\"}", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        var metrics = (await guest.GetAsync("/metrics")).Text;
        Assert.Contains("orleans_grains{grain_type=\"user\"}", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(ada.Username, metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(ada.Token!, metrics, StringComparison.Ordinal);
    }
}

/// <summary>
/// Not beside others: meters are the process's, and when a product of another test ends, its meter takes those of the same name out of this one's metrics.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
