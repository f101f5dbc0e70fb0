using Orleans.Dashboard;

namespace GifShare.ApiFrontend.Operations;

/// <summary>
/// The official Orleans Dashboard under <c>/dashboard</c>: calls, latency and activations of every silo. It keeps its pages in memory, some
/// 20 MB, from the moment it is mapped; so it is mapped when an administrator first asks for it.
/// </summary>
internal static class Dashboard
{
    private const string Prefix = "/dashboard";

    // Its scripts set styles, and its charts and icons are data addresses.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>For administrators; everybody else is told that there is nothing.</summary>
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
            // The branch routes by itself.
            context.SetEndpoint(null);
            context.Request.RouteValues.Clear();
            return pages.Value(context);
        }).ExcludeFromDescription();
    }
}
