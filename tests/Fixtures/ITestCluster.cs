namespace GifShare.Fixtures;

/// <summary>
/// A running cluster of two silos in this process, so that what passes here passes in a cluster. No test knows which silo a grain is on.
/// </summary>
public interface ITestCluster : IAsyncDisposable
{
    /// <summary>Calls from outside the grains; from outside the silos, so that all is serialized.</summary>
    IClusterClient Client { get; }

    /// <summary>The service container of each silo.</summary>
    IReadOnlyList<IServiceProvider> Silos { get; }

    /// <summary>An orderly stop: what runs finishes, activations deactivate.</summary>
    Task StopAsync();
}
