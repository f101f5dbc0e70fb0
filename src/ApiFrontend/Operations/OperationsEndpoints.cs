using System.Net;

namespace GifShare.ApiFrontend.Operations;

/// <summary>What operators and orchestrators ask: is it alive, can it serve, how is it doing.</summary>
public static class OperationsEndpoints
{
    /// <summary>Longer than a healthy database ever needs, shorter than an orchestrator's patience.</summary>
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(3);

    public static void MapOperations(this WebApplication app)
    {
        app.MapGet("/health/live", static () => TypedResults.Text("alive")).ExcludeFromDescription();
        app.MapGet("/health/ready", Ready).ExcludeFromDescription();
        app.MapGet("/metrics", Metrics).ExcludeFromDescription();
    }

    // The look-up is one indexed query: grains answer and their database does.
    private static async Task<IResult> Ready(HttpContext context, IGrainFactory grains)
    {
        try
        {
            await grains.Accounts().FindByUsername("nobody").WaitAsync(ReadyLimit, context.RequestAborted);
            return TypedResults.Text("ready");
        }
        catch (Exception e) when (e is GrainFaultedException or TimeoutException or OrleansException)
        {
            return new Error(ErrorCode.Unavailable, "The grains or their database do not answer.", null, 2).ToProblem(context);
        }
    }

    private static IResult Metrics(HttpContext context, Telemetry telemetry) =>
        IsLocal(context) || context.Features.Get<CurrentUser>() is { IsAdmin: true }
            ? TypedResults.Text(telemetry.Prometheus(), "text/plain; version=0.0.4; charset=utf-8")
            : Error.NotFound.ToProblem(context);

    // A proxy on this machine makes everybody's address loopback; it gives itself away by its headers or by the name it was asked for.
    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded")
        && context.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]";
}
