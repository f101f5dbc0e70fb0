using System.Net;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Operations;

/// <summary>Endpoints for operators and orchestrators: liveness, readiness, metrics.</summary>
public static class OperationsEndpoints
{
    /// <summary>Longer than a healthy database ever needs, shorter than an orchestrator's probe timeout.</summary>
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(3);

    public static void MapOperations(this WebApplication app)
    {
        app.MapGet("/health/live", static () => TypedResults.Text("alive")).ExcludeFromDescription();
        app.MapGet("/health/connected", Connected).ExcludeFromDescription();
        app.MapGet("/health/ready", Ready).ExcludeFromDescription();
        var metricsPort = app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value.MetricsPort;
        app.MapPrometheusScrapingEndpoint("/metrics").Add(endpoint =>
        {
            var scrape = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => MayScrape(context, metricsPort) ? scrape(context) : context.WriteProblem(Error.NotFound);
        });
    }

    /// <summary>
    /// Readiness for load balancing: grains respond, whatever the state of their database. While the database is down every frontend
    /// still serves what is in memory, so routing elsewhere would not help.
    /// </summary>
    private static async Task<IResult> Connected(HttpContext context, IGrainFactory grains, IHostApplicationLifetime lifetime) =>
        lifetime.ApplicationStopping.IsCancellationRequested
            ? new Error(ErrorCode.Unavailable, "This frontend is ending.", null, 2).ToProblem(context)
            : await Answer(context, "connected", "The grains do not answer.", () => grains.Health().Answer());

    /// <summary>Readiness including the database: runs one indexed query through a grain.</summary>
    private static Task<IResult> Ready(HttpContext context, IGrainFactory grains) =>
        Answer(context, "ready", "The grains or their database do not answer.", async () => { await grains.Accounts().FindByUsername("nobody"); });

    private static async Task<IResult> Answer(HttpContext context, string well, string ill, Func<Task> ask)
    {
        try
        {
            await ask().WaitAsync(ReadyLimit, context.RequestAborted);
            return TypedResults.Text(well);
        }
        catch (Exception e) when (ExceptionMiddleware.ErrorOf(e).Code == ErrorCode.Unavailable)
        {
            return new Error(ErrorCode.Unavailable, ill, null, 2).ToProblem(context);
        }
    }

    private static bool MayScrape(HttpContext context, int metricsPort) =>
        IsLocal(context) || context.Features.Get<CurrentUser>() is { IsAdmin: true } || (metricsPort != 0 && context.Connection.LocalPort == metricsPort);

    // A reverse proxy on this machine makes every client address loopback; its forwarding headers or the requested host name reveal it.
    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded")
        && context.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]";
}
