namespace GifShare.ApiFrontend.Cluster;

/// <summary>
/// A frontend that is told to end first says for a while that it does not want further requests (<c>/health/connected</c>), and serves
/// those that come all the same: balancers look every few seconds, and a connection that closes under a request loses it.
/// </summary>
internal sealed class Draining(IConfiguration configuration) : IHostedLifecycleService
{
    private readonly TimeSpan pause = TimeSpan.FromSeconds(configuration.GetValue("Shutdown:DrainSeconds", 5.0));

    /// <summary>Before the server is stopped.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(pause, cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
