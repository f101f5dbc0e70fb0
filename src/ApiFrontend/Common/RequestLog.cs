using System.Diagnostics;

namespace GifShare.ApiFrontend;

/// <summary>
/// One line per request, by route template: no path (it may hold a share link's token), no query, no header. What succeeds
/// is logged at Debug, so that neither a link that goes viral nor ten thousand writes a second drown the log; metrics count them.
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
        var level = status < 400 || IsProbe(context) ? LogLevel.Debug : status >= 500 ? LogLevel.Warning : LogLevel.Information;
        if (log.IsEnabled(level))
            LogRequest(level, MethodOf(context), RouteOf(context), status, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>The route template of the request, as logs and errors may name it.</summary>
    public static string RouteOf(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } text ? text.Length > 1 ? text.TrimEnd('/') : text : "(no route)";

    /// <summary>Who asks for health tells what became of it.</summary>
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

    // A method is the client's text until it is one that we know.
    private static string MethodOf(HttpContext context) =>
        context.Request.Method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? context.Request.Method : "(other)";

    [LoggerMessage(Message = "{Method} {Route} {Status} in {Milliseconds:0.0} ms")]
    private partial void LogRequest(LogLevel level, string method, string route, int status, double milliseconds);
}
