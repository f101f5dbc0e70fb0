using System.Globalization;
using System.Net;
using GifShare.Fixtures.Clients;

namespace GifShare.Cluster.Tests;

/// <summary>What others' clusters fell over, each tried on this one.</summary>
public sealed class MembershipTests
{
    private const string Section = "Cluster: starts", LongOnly = "Long form only: ./gifshare test cluster --long";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>
    /// Power cut: every silo is dead, its row says "Active", and the new one has another address (dotnet/orleans#7194, #3009, #5781). By default a
    /// new silo tries for minutes to reach the dead.
    /// </summary>
    [Fact]
    public async Task After_all_silos_were_killed_one_at_another_address_serves_soon()
    {
        Assert.SkipUnless(FaultScale.IsLong, LongOnly);
        await using var cluster = await ClusterProcesses.CreateAsync(Cancel);
        var first = cluster.StartSilo("127.0.0.1", ClusterProcesses.FreePort(), ClusterProcesses.FreePort());
        var second = cluster.StartSilo("127.0.0.1", ClusterProcesses.FreePort(), ClusterProcesses.FreePort());
        await Task.WhenAll(first.ServesAsync(Cancel), second.ServesAsync(Cancel));
        await Task.WhenAll(first.EndAsync("-KILL", Cancel), second.EndAsync("-KILL", Cancel));

        var alone = cluster.StartSilo("127.0.0.2", ClusterProcesses.FreePort(), ClusterProcesses.FreePort());
        var took = await alone.ServesAsync(Cancel);
        FaultReport.Add(Section, "a silo at another address, after all were killed", "30 s", string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:0.0} s"));
        Assert.True(!FaultScale.IsLong || took < TimeSpan.FromSeconds(30), $"{took}: {alone.Said}");
    }

    /// <summary>dotnet/orleans#8714, #8716: a client that found no gateway, or lost all, never came back.</summary>
    [Fact]
    public async Task A_frontend_before_its_silos_says_so_and_one_that_outlives_them_recovers()
    {
        Assert.SkipUnless(FaultScale.IsLong, LongOnly);
        await using var cluster = await ClusterProcesses.CreateAsync(Cancel);
        var (siloPort, gatewayPort) = (ClusterProcesses.FreePort(), ClusterProcesses.FreePort());
        var metricsPort = ClusterProcesses.FreePort();
        var frontend = cluster.StartFrontend(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gatewayPort}"), metricsPort);
        await frontend.IsAsync(HttpStatusCode.ServiceUnavailable, Cancel);
        using var client = new ApiClient(frontend.Address);
        Assert.Equal("alive", (await client.GetAsync("/health/live")).Is(HttpStatusCode.OK).Text);
        var early = (await client.GetAsync("/v1/users/nobody")).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(early.Headers.RetryAfter);

        var silo = cluster.StartSilo("127.0.0.1", siloPort, gatewayPort);
        await silo.ServesAsync(Cancel);
        await frontend.ServesAsync(Cancel);
        (await client.PostAsync("/v1/users", client.Registration())).Is(HttpStatusCode.Created);
        await MetricsAreAtTheirPort(frontend.Address, metricsPort);

        await silo.EndAsync("-KILL", Cancel);
        await frontend.IsAsync(HttpStatusCode.ServiceUnavailable, Cancel);
        var again = cluster.StartSilo("127.0.0.1", siloPort, gatewayPort);
        await again.ServesAsync(Cancel);
        await frontend.ServesAsync(Cancel);
        (await client.GetAsync($"/v1/users/{client.Username}")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_frontend_that_never_found_a_silo_ends_in_order_when_told_to()
    {
        Assert.SkipUnless(FaultScale.IsLong, LongOnly);
        await using var cluster = await ClusterProcesses.CreateAsync(Cancel);
        var frontend = cluster.StartFrontend(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ClusterProcesses.FreePort()}"));
        await frontend.IsAsync(HttpStatusCode.ServiceUnavailable, Cancel);
        Assert.Equal((0, ""), (await frontend.EndAsync("-TERM", Cancel), frontend.Said));
    }

    /// <summary>Who reaches the port of metrics may read them, through a proxy too; at the product's port they are not there for such a caller.</summary>
    private static async Task MetricsAreAtTheirPort(Uri product, int metricsPort)
    {
        using var collector = new ApiClient(product);
        var throughProxy = ("X-Forwarded-For", "192.0.2.1");
        var metrics = await collector.GetAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{metricsPort}/metrics"), throughProxy);
        Assert.Contains("http_server_request_duration_seconds_count", metrics.Is(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        (await collector.GetAsync("/metrics", throughProxy)).Is(HttpStatusCode.NotFound);
    }

    /// <summary>dotnet/orleans#8464: a silo that joins declared a leaving one dead, whose process then ended in the middle of its work.</summary>
    [Fact]
    public async Task A_silo_that_leaves_while_another_joins_ends_in_order()
    {
        Assert.SkipUnless(FaultScale.IsLong, LongOnly);
        await using var cluster = await ClusterProcesses.CreateAsync(Cancel);
        var (gatewayA, gatewayB) = (ClusterProcesses.FreePort(), ClusterProcesses.FreePort());
        var leaving = cluster.StartSilo("127.0.0.1", ClusterProcesses.FreePort(), gatewayA);
        await leaving.ServesAsync(Cancel);
        var joining = cluster.StartSilo("127.0.0.1", ClusterProcesses.FreePort(), gatewayB);
        var code = await leaving.EndAsync("-TERM", Cancel);
        await joining.ServesAsync(Cancel);
        Assert.Equal(0, code);
        Assert.DoesNotContain("I should be Dead", leaving.Said, StringComparison.OrdinalIgnoreCase);
    }
}
