using System.Net;
using GifShare.ApiFrontend.Operations;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Http;

/// <summary>The middleware in the order of checks in api.md.</summary>
public static class Pipeline
{
    public static void UseGifSharePipeline(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<ExceptionMiddleware>();
        app.UseMiddleware<KnownHosts>();
        app.UseExplorer();
        app.Use(HeadAsGet);
        app.UseRouting();
        app.Use(BackToHead);
        app.UsePageCompression();
        app.UseCrossOrigin();
        app.UseMiddleware<EmptyErrors>();
        app.UseMiddleware<ReadRetry>();
        app.UseMiddleware<Authentication>();
        app.UseRateLimiter();
        app.UseMiddleware<BodyLimits>();
        app.UseMiddleware<IdempotencyKeys>();
    }

    // Routes HEAD to the GET endpoint of the same route; the endpoint still sees HEAD, so that it counts no view.
    private static Task HeadAsGet(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Items[nameof(HeadAsGet)] = true;
            context.Request.Method = HttpMethods.Get;
        }

        return next(context);
    }

    private static Task BackToHead(HttpContext context, RequestDelegate next)
    {
        if (context.Items.Count > 0 && context.Items.ContainsKey(nameof(HeadAsGet)))
            context.Request.Method = HttpMethods.Head;
        return next(context);
    }
}

/// <summary>Refuses unknown Host headers, which prevents DNS rebinding.</summary>
public sealed class KnownHosts(RequestDelegate next, PublicAddress address, IConfiguration configuration, IOptions<TelemetryOptions> telemetry)
{
    private static readonly Error Foreign = Error.Invalid("Host", "This server does not answer to that host name; an administrator can add it to AllowedHosts.");

    private readonly HashSet<string> hosts = Names(address, configuration["AllowedHosts"]);

    public Task Invoke(HttpContext context)
    {
        // The public scheme, whatever scheme the proxy uses: cookies must be Secure.
        if (address.IsHttps)
            context.Request.Scheme = "https";
        var host = context.Request.Host;
        return (IsWhole(host) && (hosts.Contains(host.Host) || hosts.Contains("*"))) || IsProbe(context) ? next(context) : context.WriteProblem(Foreign);
    }

    /// <summary>Whether the host is a name, optionally with a valid port.</summary>
    private static bool IsWhole(HostString host) =>
        host.HasValue && (host.Port is { } port ? port <= IPEndPoint.MaxPort : host.Host.Length == host.Value.Length);

    /// <summary>Probes of orchestrators, load balancers and collectors use the IP address, which differs for each frontend.</summary>
    private bool IsProbe(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
        || (context.Request.Path == "/metrics" && telemetry.Value.MetricsPort is > 0 and var port && context.Connection.LocalPort == port);

    private static HashSet<string> Names(PublicAddress address, string? allowed) =>
        new([address.Uri.Host, "localhost", "127.0.0.1", "[::1]", .. (allowed ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            StringComparer.OrdinalIgnoreCase);
}

/// <summary>Adds problem details to error responses without a body: unknown routes, wrong methods, bare status codes.</summary>
public sealed class EmptyErrors(RequestDelegate next)
{
    public async Task Invoke(HttpContext context)
    {
        await next(context);
        var response = context.Response;
        if (response.StatusCode < 400 || response.HasStarted || response.ContentType is not null || response.ContentLength > 0)
            return;
        var error = response.StatusCode switch
        {
            404 => Error.NotFound,
            405 => new(Problems.MethodNotAllowed, "See the Allow header for the methods that this address knows."),
            412 => Error.VersionMismatch,
            413 => BodyLimits.TooLarge,
            415 => BodyLimits.NotJson,
            >= 500 => new(ErrorCode.Internal, "Something went wrong on our side."),
            _ => new Error(ErrorCode.InvalidRequest, "The request could not be read."),
        };
        if (response.StatusCode == StatusCodes.Status405MethodNotAllowed && response.Headers.Allow.ToString() is var allow && allow.Contains("GET", StringComparison.Ordinal))
            response.Headers.Allow = allow + ", HEAD";
        if (Problems.StatusOf(error.Code) == response.StatusCode)
            await context.WriteProblem(error);
    }
}
