using Orleans.Dashboard;

namespace GifShare.ApiFrontend.Operations;

/// <summary>
/// The official Orleans Dashboard under <c>/dashboard</c>: calls, latency and activations of every silo. It takes about 20 MB of memory once mapped, so
/// it is mapped lazily, at an administrator's first request.
/// </summary>
internal static class Dashboard
{
    private const string Prefix = "/dashboard";

    // The dashboard's scripts set inline styles, and its charts and icons are data: URLs.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>For administrators only; 404 for everybody else.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        var pages = new Lazy<RequestDelegate>(() =>
        {
            var branch = new ApplicationBuilder(app.Services);
            branch.UseRouting();
            branch.UseEndpoints(static routes => routes.MapOrleansDashboard(Prefix));
            return branch.Build();
        });
        app.MapGet(Prefix + "/{**path}", context =>
        {
            if (context.Features.Get<CurrentUser>() is not { IsAdmin: true })
                return context.WriteProblem(Error.NotFound);
            context.Response.Headers.ContentSecurityPolicy = Policy;
            // The branch has its own routing.
            context.SetEndpoint(null);
            context.Request.RouteValues.Clear();
            return pages.Value(context);
        }).ExcludeFromDescription();
    }
}
