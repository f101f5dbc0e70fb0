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

    sealed class OrleansCluster(InProcessTestCluster cluster) : ITestCluster
    {
        public IClusterClient Client => cluster.Client;

        public IReadOnlyList<IServiceProvider> Silos => [.. cluster.Silos.Select(silo => silo.ServiceProvider)];

        public Task StopAsync() => cluster.StopAllSilosAsync();

        public ValueTask DisposeAsync() => cluster.DisposeAsync();
    }
}
