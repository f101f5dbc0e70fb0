namespace GifShare.Fixtures;

/// <summary>
/// A running silo (Embedded) or a cluster of two (Orleans). Everything a test may use is the public API of Orleans, so
/// that one test means the same on both.
/// </summary>
public interface ITestCluster : IAsyncDisposable
{
    /// <summary>Calls from outside the grains; on Orleans from outside the silos, so that all is serialized.</summary>
    IClusterClient Client { get; }

    /// <summary>The service container of each silo.</summary>
    IReadOnlyList<IServiceProvider> Silos { get; }

    /// <summary>An orderly stop: what runs finishes, activations deactivate.</summary>
    Task StopAsync();
}
