using System.Diagnostics;
using System.Globalization;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Cluster.Tests;

/// <summary>Every silo is told to end and comes back with a changed setting, one after the other, under load.</summary>
public sealed class RollingRestartTests
{
    private const string Section = "Cluster: a rolling restart of three silos and two frontends";

    private static readonly int Clients = FaultScale.Of(16, 64);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_read_fails_and_no_acknowledged_write_is_lost()
    {
        await using var cluster = await LocalCluster.StartAsync("cluster-rolling", Cancel, "--restart");
        await using var load = await Load.StartAsync(cluster.Address, Clients, Clients, Cancel);
        await load.MoreAsync(100);
        // The setting that changes: who is alive is asked half as often.
        await File.WriteAllTextAsync(Path.Combine(cluster.Data, "appsettings.json"), """{"Cluster":{"ProbeTimeout":"00:00:03"}}""", Cancel);

        var begin = Stopwatch.GetTimestamp();
        foreach (var member in (string[])["silo 1", "silo 2", "silo 3", "frontend 1", "frontend 2"])
        {
            var former = cluster.ProcessOf(member);
            Signals.Send("-TERM", former);
            await cluster.IsBackAsync(member, former, Cancel);
            await load.MoreAsync(FaultScale.Of(20, 200));
        }

        var all = load.Between(begin, Stopwatch.GetTimestamp());
        await load.SettleAsync(cluster.Address);
        await cluster.CheckAsync(Cancel);

        Assert.Equal(0, all.FailedReads);
        Assert.Equal(0, load.BrokenReads);
        Assert.Empty(all.Odd);
        FaultReport.Add(Section, "reads that failed", "0", $"0 of {all.Reads}");
        FaultReport.Add(Section, "writes refused for the moment (503 with Retry-After)", "few", $"{all.RefusedWrites} of {all.Writes}");
        FaultReport.Add(Section, "acknowledged writes that are there, once each", "all", $"{load.Acknowledged} of {load.Acknowledged}");
        FaultReport.Add(Section, "slowest read and write", "", string.Create(CultureInfo.InvariantCulture, $"{all.SlowestRead.TotalSeconds:0.0} s, {all.SlowestWrite.TotalSeconds:0.0} s"));
    }
}
