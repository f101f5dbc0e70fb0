using System.Diagnostics;
using GifShare.Fixtures;
using Orleans.Configuration;

[assembly: AssemblyFixture(typeof(GifShare.Grains.Tests.Orleans.OrleansCluster))]

namespace GifShare.Grains.Tests.Orleans;

/// <summary>The cluster that most tests share; each uses keys of its own.</summary>
public sealed class OrleansCluster : IAsyncLifetime
{
    public const int MaxWaitingCalls = 2_000;

    ITestCluster? cluster;

    public IClusterClient Client => cluster!.Client;

    public T Grain<T>(Scene scene) where T : IGrainWithGuidKey => Client.GetGrain<T>(scene.Id);

    public async ValueTask InitializeAsync() => cluster = await TestCluster.StartAsync(silo => silo
        .AddIncomingGrainCallFilter<SceneFilter>()
        .Configure<SiloMessagingOptions>(static messaging => messaging.MaxEnqueuedRequestsHardLimit = MaxWaitingCalls));

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
            await cluster.DisposeAsync();
    }

    /// <summary>Makes an ActivitySource of the runtime record, as an exporter would.</summary>
    public static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Microsoft.Orleans", StringComparison.Ordinal),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}

/// <summary>Writes into the scene what passes it on the way to an <see cref="IFiltered"/> grain.</summary>
public sealed class SceneFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is not (IFiltered and Grain grain))
        {
            await context.Invoke();
            return;
        }
        var scene = Scene.Of(grain.GetPrimaryKey());
        var isOurs = context.InterfaceMethod.DeclaringType!.Namespace!.StartsWith("GifShare.Grains.Tests.Orleans", StringComparison.Ordinal);
        scene.Log(isOurs ? $"filter {context.MethodName}" : "filter other");
        try
        {
            await context.Invoke();
            if (context.Result is string text)
                context.Result = $"{text}, filtered";
        }
        catch (InvalidOperationException error)
        {
            scene.Log("filter caught");
            throw new ProbeException(error.Message);
        }
    }
}
