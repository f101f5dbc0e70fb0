using System.Diagnostics;

namespace GifShare.ApiFrontend.Http;

/// <summary>
/// Logs one line per request, by route template: no path (which may contain a share link's token), no query, no header. Successes and refusals are
/// logged at Debug, so that neither a viral link nor ten thousand invalid requests a second flood the log; metrics count both.
/// </summary>
public sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> log)
{
    public async Task Invoke(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        await next(context);
        var status = context.Response.StatusCode;
        if (Activity.Current is { IsAllDataRequested: true } activity)
            Describe(activity, context, status);
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (status >= 500 && !IsProbe(context))
            LogFailure(MethodOf(context), RouteOf(context), status, took, TraceOf(context));
        else if (log.IsEnabled(LogLevel.Debug))
            LogRequest(MethodOf(context), RouteOf(context), status, took);
    }

    /// <summary>The request's route template, for logs and errors.</summary>
    public static string RouteOf(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } text ? text.Length > 1 ? text.TrimEnd('/') : text : "(no route)";

    /// <summary>The id that error pages and log lines share: the trace id, or the request id without a trace.</summary>
    public static string TraceOf(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    /// <summary>Health probes are not logged; the orchestrator reports their results.</summary>
    private static bool IsProbe(HttpContext context) => context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal);

    private static void Describe(Activity activity, HttpContext context, int status)
    {
        activity.DisplayName = $"{MethodOf(context)} {RouteOf(context)}";
        activity.SetTag("http.request.method", MethodOf(context));
        activity.SetTag("http.route", RouteOf(context));
        activity.SetTag("http.response.status_code", status);
        if (status >= 500)
            activity.SetStatus(ActivityStatusCode.Error);
    }

    // An unknown method is arbitrary client text.
    private static string MethodOf(HttpContext context) =>
        context.Request.Method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? context.Request.Method : "(other)";

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Route} {Status} in {Milliseconds:0.0} ms")]
    private partial void LogRequest(string method, string route, int status, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Route} {Status} in {Milliseconds:0.0} ms ({TraceId})")]
    private partial void LogFailure(string method, string route, int status, double milliseconds, string traceId);
}
