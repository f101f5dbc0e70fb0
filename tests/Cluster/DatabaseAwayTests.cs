using System.Diagnostics;
using System.Globalization;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Cluster.Tests;

/// <summary>
/// PostgreSQL says nothing for 20 s: what is in the silos' memory is served, writes say at once that they cannot be done. A collection that was being
/// written when the database fell silent is not served until its rows can be read again: nobody knows what somebody was told.
/// </summary>
public sealed class DatabaseAwayTests
{
    private const string Section = "Cluster: PostgreSQL is frozen for 20 s, with three silos";

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hot_reads_go_on_and_nothing_acknowledged_is_lost()
    {
        Assert.SkipUnless(FaultScale.IsLong, "Long form only: ./gifshare test cluster --long");
        await using var cluster = await LocalCluster.StartAsync("cluster-database", Cancel);
        await using var load = await Load.StartAsync(cluster.Address, 64, 64, Cancel, readsWhatIsWritten: false);
        await load.MoreAsync(500);

        var frozen = cluster.Program.DatabaseIds;
        var begin = Stopwatch.GetTimestamp();
        Signals.Send("-STOP", frozen);
        await Eventually.True(() => Stopwatch.GetElapsedTime(begin) >= Away, Cancel, Away * 2);
        var end = Stopwatch.GetTimestamp();
        Signals.Send("-CONT", frozen);
        await load.MoreAsync(500);
        await load.SettleAsync(cluster.Address);
        await cluster.CheckAsync(Cancel);

        var during = load.Between(begin, end);
        Assert.NotEqual(0, during.Reads);
        Assert.Equal(0, during.FailedReads);
        Assert.Empty(during.Odd);
        FaultReport.Add(Section, "reads of shared links that failed", "0", $"0 of {during.Reads}");
        FaultReport.Add(Section, "slowest read, slowest write", "as ever, 2 s", string.Create(CultureInfo.InvariantCulture, $"{during.SlowestRead.TotalSeconds:0.0} s, {during.SlowestWrite.TotalSeconds:0.0} s"));
        FaultReport.Add(Section, "writes refused for the moment", "all but likes and the like", $"{during.RefusedWrites} of {during.Writes}");
        FaultReport.Add(Section, "acknowledged writes that are there, once each", "all", $"{load.Acknowledged} of {load.Acknowledged}");
    }
}
