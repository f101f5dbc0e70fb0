using System.Diagnostics;
using System.Globalization;
using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Cluster.Tests;

/// <summary>kill -9 of a silo and of a frontend under writers and readers: nothing acknowledged is lost, and the cluster finds itself again.</summary>
public sealed class KillTests
{
    private const string Section = "Cluster: kill -9 of one of three silos";

    private static readonly TimeSpan Afterwards = FaultScale.Of(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(40));
    private static readonly int Clients = FaultScale.Of(24, 64);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_silo_and_a_lost_frontend_lose_no_acknowledged_write()
    {
        await using var cluster = await LocalCluster.StartAsync("cluster-kill", Cancel);
        await Newcomer(cluster.Address);
        await using var load = await Load.StartAsync(cluster.Address, Clients, Clients, Cancel);
        var begin = Stopwatch.GetTimestamp();
        await load.MoreAsync(FaultScale.Of(100, 1000));

        var killed = Stopwatch.GetTimestamp();
        Signals.Kill(cluster.ProcessOf("silo 2"));
        await Until(killed, Afterwards);
        await load.MoreAsync(50);
        var silent = Stopwatch.GetTimestamp();
        Signals.Kill(cluster.ProcessOf("frontend 1"));
        await Until(silent, Afterwards / 2);
        await load.MoreAsync(50);
        var end = Stopwatch.GetTimestamp();
        await load.SettleAsync(cluster.Address);
        await cluster.CheckAsync(Cancel);

        var (before, after, late) = (load.Between(begin, killed), load.Between(killed, silent), load.Between(killed + (15 * Stopwatch.Frequency), silent));
        var frontend = load.Between(silent, end);
        Assert.Empty(after.Odd);
        Assert.Equal(0, after.FailedReads);
        Assert.Contains(cluster.Program.Said, static line => line.StartsWith("silo 2 ", StringComparison.Ordinal) && line.Contains("ended with code 137; the others go on", StringComparison.Ordinal));
        FaultReport.Add(Section, "acknowledged writes that are there, once each", "all", $"{load.Acknowledged} of {load.Acknowledged}");
        FaultReport.Add(Section, "reads that failed", "0", string.Create(CultureInfo.InvariantCulture, $"{after.FailedReads} of {after.Reads}"));
        FaultReport.Add(Section, "p99 of reads before; normal again (under twice that, at least 50 ms) after the kill", "10 s", string.Create(CultureInfo.InvariantCulture,
            $"{before.ReadP99.TotalMilliseconds:0} ms; {after.NormalAfter(killed, TimeSpan.FromMilliseconds(Math.Max(50, before.ReadP99.TotalMilliseconds * 2))).TotalSeconds:0} s (slowest read {after.SlowestRead.TotalSeconds:0.0} s)"));
        FaultReport.Add(Section, "slowest write; refused for the moment (503)", "2 s", string.Create(CultureInfo.InvariantCulture, $"{after.SlowestWrite.TotalSeconds:0.0} s; {after.RefusedWrites} of {after.Writes}"));
        FaultReport.Add(Section, "writes that succeed from 15 s on", "99 %", late.Writes == 0 ? "not waited for" : string.Create(CultureInfo.InvariantCulture, $"{100.0 - (100.0 * late.RefusedWrites / late.Writes):0.00} %"));
        FaultReport.Add("Cluster: kill -9 of one of two frontends", "reads and writes that got no good answer", "those on their way", string.Create(CultureInfo.InvariantCulture,
            $"{frontend.FailedReads + load.BrokenReads} of {frontend.Reads} reads, {frontend.Odd.Length} kinds of odd answers to {frontend.Writes} writes"));
    }

    /// <summary>README's five minutes: an account, a collection, a GIF, a link, and a guest who opens it.</summary>
    private static async Task Newcomer(Uri address)
    {
        using var client = await ApiClient.RegisterAsync(address, "newcomer");
        var collection = await client.NewCollectionAsync();
        (await client.PostAsync($"/v1/collections/{collection}/items", """{"url":"https://media.example.org/1.gif","width":10,"height":10,"provider":"giphy"}""")).Is(HttpStatusCode.Created);
        var link = await client.NewLinkAsync(collection, new { label = "friends" });
        // The address in the link is the balancer's: where people are told to go.
        var page = await client.As(null).GetAsync((string)link["url"]!);
        Assert.Contains("https://media.example.org/1.gif", page.Text, StringComparison.Ordinal);
    }

    private static Task Until(long from, TimeSpan passed) => Eventually.True(() => Stopwatch.GetElapsedTime(from) >= passed, Cancel, passed * 2);
}
