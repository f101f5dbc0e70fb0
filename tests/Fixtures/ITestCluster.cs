namespace GifShare.Fixtures;

/// <summary>
/// A running cluster of two silos in this process, so that what passes here passes in a cluster. No test knows which silo a grain is on.
/// </summary>
public interface ITestCluster : IAsyncDisposable
{
    /// <summary>Calls from outside the grains; from outside the silos, so that all is serialized.</summary>
    IClusterClient Client { get; }

    /// <summary>The service container of each silo that runs.</summary>
    IReadOnlyList<IServiceProvider> Silos { get; }

    /// <summary>An orderly stop: what runs finishes, activations deactivate.</summary>
    Task StopAsync();

    /// <summary>An orderly stop of one silo; the others go on.</summary>
    Task StopAsync(IServiceProvider silo);

    /// <summary>One silo is gone from one moment to the next, without a word to the others.</summary>
    Task KillAsync(IServiceProvider silo);
}
