using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Engine;

/// <summary>A frontend of a cluster is an Orleans client: it holds connections to some silos and reads no database.</summary>
internal static class FrontendEngine
{
    // Its scripts set styles, and its charts and icons are data addresses.
    private const string DashboardPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>What this build lacks to be a frontend of a cluster; null when nothing.</summary>
    public static string? MissingForCluster => null;

    public static void AddFrontendEngine(this IHostApplicationBuilder builder)
    {
        var settings = FrontendClusterSettings.Of(builder.Configuration);
        builder.UseOrleansClient(client =>
        {
            client.Services.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = settings.ClusterId;
                cluster.ServiceId = settings.ServiceId;
            });
            client.Services.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = settings.ResponseTimeout);
            client.Services.AddSingleton(settings);
            client.Services.AddSingleton<IGatewayListProvider, DnsGatewayList>();
            client.UseConnectionRetryFilter(KeepTrying);
            client.AddActivityPropagation();
            client.AddDashboard();
        });
    }

    /// <summary>Orleans' own pages, for administrators; everybody else is told that there is nothing.</summary>
    public static void MapFrontendEngine(this WebApplication app) =>
        app.MapOrleansDashboard("/dashboard").AddEndpointFilter(static async (context, next) =>
        {
            if (context.HttpContext.Features.Get<CurrentUser>() is not { IsAdmin: true })
                return Error.NotFound.ToProblem(context.HttpContext);
            context.HttpContext.Response.Headers.ContentSecurityPolicy = DashboardPolicy;
            return await next(context);
        }).ExcludeFromDescription();

    /// <summary>A frontend may start before the silos do.</summary>
    private static async Task<bool> KeepTrying(Exception failure, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, cancellationToken);
        return true;
    }
}
