namespace GifShare.ApiFrontend.Cluster;

/// <summary>
/// Middleware that responds from the start while the client still connects to the silos: live, but not ready. An orchestrator would
/// restart a frontend that does not respond, again and again.
/// </summary>
internal sealed class Connecting(RequestDelegate next, IHostApplicationLifetime lifetime)
{
    private static readonly Error NotYet = new(ErrorCode.Unavailable, "This server is still connecting to the others; try again.", null, 1);

    public Task Invoke(HttpContext context) =>
        lifetime.ApplicationStarted.IsCancellationRequested || context.Request.Path == "/health/live" ? next(context) : context.WriteProblem(NotYet);
}

internal static class ConnectingServices
{
    /// <summary>Starts the server concurrently with the Orleans client instead of after it.</summary>
    public static void AddConnecting(this IServiceCollection services)
    {
        services.Configure<HostOptions>(static host => host.ServicesStartConcurrently = true);
        // The hosted service preloads the key ring from grains that cannot be reached yet.
        foreach (var early in services.Where(static s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "DataProtectionHostedService").ToArray())
            services.Remove(early);
    }
}
