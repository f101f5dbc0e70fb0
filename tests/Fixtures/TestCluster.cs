using Orleans.Configuration;
using Orleans.TestingHost;

namespace GifShare.Fixtures;

public static class TestCluster
{
    /// <summary>Starts two silos and a client outside of them.</summary>
    public static async Task<ITestCluster> StartAsync(Action<ISiloBuilder> configure)
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) => configure(silo));
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync();
            return new OrleansCluster(cluster);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>For tests that kill a silo: the others notice it after about four seconds instead of eleven.</summary>
    public static void NoticeLossesSoon(this ISiloBuilder silo) => silo.Configure<ClusterMembershipOptions>(static members =>
    {
        members.ProbeTimeout = TimeSpan.FromSeconds(2);
        members.NumMissedProbesLimit = 2;
    });

    sealed class OrleansCluster(InProcessTestCluster cluster) : ITestCluster
    {
        public IClusterClient Client => cluster.Client;

        public IReadOnlyList<IServiceProvider> Silos => [.. cluster.Silos.Select(silo => silo.ServiceProvider)];

        /// <summary>Both silos at once, as when a deployment ends; the test cluster's own way is one after the other.</summary>
        public async Task StopAsync()
        {
            await cluster.StopClusterClientAsync();
            await Task.WhenAll(cluster.Silos.ToArray().Select(cluster.StopSiloAsync));
        }

        public Task StopAsync(IServiceProvider silo) => cluster.StopSiloAsync(HandleOf(silo));

        public Task KillAsync(IServiceProvider silo) => cluster.KillSiloAsync(HandleOf(silo));

        InProcessSiloHandle HandleOf(IServiceProvider silo) => cluster.Silos.Single(one => ReferenceEquals(one.ServiceProvider, silo));

        public ValueTask DisposeAsync() => cluster.DisposeAsync();
    }
}
