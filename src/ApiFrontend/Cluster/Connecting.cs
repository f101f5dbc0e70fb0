namespace GifShare.ApiFrontend.Cluster;

/// <summary>
/// A frontend that still looks for its silos answers from the start, that it is alive and cannot serve yet: an orchestrator would take one
/// that waits in silence for a dead one and start it again and again.
/// </summary>
internal sealed class Connecting(RequestDelegate next, IHostApplicationLifetime lifetime)
{
    private static readonly Error NotYet = new(ErrorCode.Unavailable, "This server is still connecting to the others; try again.", null, 1);

    public Task Invoke(HttpContext context) =>
        lifetime.ApplicationStarted.IsCancellationRequested || context.Request.Path == "/health/live" ? next(context) : context.WriteProblem(NotYet);
}

internal static class ConnectingServices
{
    /// <summary>The server starts beside the client, not after it.</summary>
    public static void AddConnecting(this IServiceCollection services)
    {
        services.Configure<HostOptions>(static host => host.ServicesStartConcurrently = true);
        // It reads keys ahead of the first use, from grains that cannot be reached yet.
        foreach (var early in services.Where(static s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "DataProtectionHostedService").ToArray())
            services.Remove(early);
    }
}
