using GifShare.Fixtures;

[assembly: AssemblyFixture(typeof(GifShare.EmbeddedSilo.Tests.ConformanceCluster))]

namespace GifShare.EmbeddedSilo.Tests;

/// <summary>The cluster all conformance tests share; each test uses keys of its own.</summary>
public sealed class ConformanceCluster : IAsyncLifetime
{
    ITestCluster cluster = null!;

    public IClusterClient Client => cluster.Client;

    public IReadOnlyList<IServiceProvider> Silos => cluster.Silos;

    public async ValueTask InitializeAsync() => cluster = await TestCluster.StartAsync(Configure);

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    public static void Configure(ISiloBuilder silo) => silo
        .AddIncomingGrainCallFilter<RecordingFilter>();
}
