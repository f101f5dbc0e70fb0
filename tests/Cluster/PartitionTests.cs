using System.Diagnostics;
using System.Globalization;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Cluster.Tests;

/// <summary>Two of three silos cannot hear each other, while both hear the third, the frontend and the database.</summary>
public sealed class PartitionTests
{
    private const string Section = "Cluster: two of three silos are cut from each other for 30 s";

    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_entity_acknowledges_two_histories()
    {
        Assert.SkipUnless(FaultScale.IsLong, "Long form only: ./gifshare test cluster --long");
        var (network, refusal) = Network.TryCreate(3);
        Assert.SkipWhen(network is null, $"This machine makes no network of its own: {refusal}");
        using var hosts = network;
        await using var cluster = await ClusterProcesses.CreateAsync(Cancel);
        const int siloPort = 11111, gatewayPort = 30000;
        var silos = Enumerable.Range(0, 3).Select(n => cluster.StartSilo(hosts.AddressOf(n), siloPort, gatewayPort, hosts.On(n))).ToArray();
        var frontend = cluster.StartFrontend(string.Join(';', Enumerable.Range(0, 3).Select(n => $"{hosts.AddressOf(n)}:{gatewayPort}")));
        await frontend.ServesAsync(Cancel);
        await using var load = await Load.StartAsync(frontend.Address, 64, 64, Cancel);
        await load.MoreAsync(500);

        var begin = Stopwatch.GetTimestamp();
        hosts.Cut(0, 1);
        await Eventually.True(() => Stopwatch.GetElapsedTime(begin) >= CutFor, Cancel, CutFor * 2);
        var end = Stopwatch.GetTimestamp();
        hosts.Heal(0, 1);
        await load.MoreAsync(500);
        await load.SettleAsync(frontend.Address);
        await cluster.CheckAsync(Cancel);

        var during = load.Between(begin, end);
        Assert.Empty(during.Odd);
        FaultReport.Add(Section, "acknowledged writes that are there, once each, in one order", "all", $"{load.Acknowledged} of {load.Acknowledged}");
        FaultReport.Add(Section, "reads that failed; writes refused for the moment", "some", $"{during.FailedReads} of {during.Reads}; {during.RefusedWrites} of {during.Writes}");
        FaultReport.Add(Section, "slowest read, slowest write", "", string.Create(CultureInfo.InvariantCulture, $"{during.SlowestRead.TotalSeconds:0.0} s, {during.SlowestWrite.TotalSeconds:0.0} s"));
        FaultReport.Add(Section, "silos that ended because the others had declared them dead", "", $"{silos.Count(static silo => silo.HasExited)} of 3");
    }
}
