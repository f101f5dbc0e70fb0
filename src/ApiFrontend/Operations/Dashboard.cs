using Orleans.Dashboard;

namespace GifShare.ApiFrontend.Operations;

/// <summary>The official Orleans Dashboard under <c>/dashboard</c>: calls, latency and activations of every silo.</summary>
internal static class Dashboard
{
    // Its scripts set styles, and its charts and icons are data addresses.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>For administrators; everybody else is told that there is nothing.</summary>
    public static void MapDashboard(this WebApplication app) =>
        app.MapOrleansDashboard("/dashboard").AddEndpointFilter(static async (context, next) =>
        {
            if (context.HttpContext.Features.Get<CurrentUser>() is not { IsAdmin: true })
                return Error.NotFound.ToProblem(context.HttpContext);
            context.HttpContext.Response.Headers.ContentSecurityPolicy = Policy;
            return await next(context);
        }).ExcludeFromDescription();
}
