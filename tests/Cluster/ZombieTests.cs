using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Cluster.Tests;

/// <summary>
/// A silo that stands still (a frozen machine) is declared dead by the others, its grains live elsewhere, and then it goes on as if nothing had
/// happened: what it still wants to write changes nothing.
/// </summary>
public sealed class ZombieTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_that_was_declared_dead_while_it_stood_still_changes_nothing_when_it_goes_on()
    {
        Assert.SkipUnless(FaultScale.IsLong, "Long form only: ./gifshare test cluster --long");
        await using var cluster = await LocalCluster.StartAsync("cluster-zombie", Cancel, "--restart");
        await using var load = await Load.StartAsync(cluster.Address, 64, 64, Cancel);
        await load.MoreAsync(300);
        for (var round = 0; round < 3; round++)
        {
            var frozen = cluster.ProcessOf($"silo {round + 1}");
            Signals.Send("-STOP", frozen);
            var stopped = System.Diagnostics.Stopwatch.GetTimestamp();
            await Eventually.True(() => System.Diagnostics.Stopwatch.GetElapsedTime(stopped) > TimeSpan.FromSeconds(20), Cancel);
            Signals.Send("-CONT", frozen);
            // It learns that it was declared dead and ends; the launcher starts another.
            await cluster.IsBackAsync($"silo {round + 1}", frozen, Cancel);
            await load.MoreAsync(300);
        }

        cluster.HasLoggedNoBug();
        await load.SettleAsync(cluster.Address);
        await cluster.CheckAsync(Cancel);
        FaultReport.Add("Cluster: a silo stands still for 20 s, three times", "acknowledged writes that are there, once each", "all", $"{load.Acknowledged} of {load.Acknowledged}");
    }
}
