namespace GifShare.ApiFrontend.Cluster;

/// <summary>
/// Graceful shutdown: the frontend first reports that it is not ready (<c>/health/connected</c>) and keeps serving for a while, because
/// load balancers probe only every few seconds, and a closed connection loses the request on it.
/// </summary>
internal sealed class Draining(IConfiguration configuration) : IHostedLifecycleService
{
    private readonly TimeSpan pause = TimeSpan.FromSeconds(configuration.GetValue("Shutdown:DrainSeconds", 5.0));

    /// <summary>Delays the stop of the server.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(pause, cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
