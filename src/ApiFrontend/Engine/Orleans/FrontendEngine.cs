using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Engine;

/// <summary>A frontend of a cluster is an Orleans client: it holds connections to some silos and reads no database.</summary>
internal static class FrontendEngine
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>What this build lacks to be a frontend of a cluster; null when nothing.</summary>
    public static string? MissingForCluster => null;

    public static void AddFrontendEngine(this IHostApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection("Cluster").Get<FrontendClusterSettings>() ?? new FrontendClusterSettings();
        builder.UseOrleansClient(client =>
        {
            client.Services.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = settings.ClusterId;
                cluster.ServiceId = settings.ServiceId;
            });
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
            context.HttpContext.Features.Get<CurrentUser>() is { IsAdmin: true }
                ? await next(context)
                : new Error(ErrorCode.NotFound, "There is nothing under this address.").ToProblem(context.HttpContext));

    /// <summary>A frontend may start before the silos do.</summary>
    private static async Task<bool> KeepTrying(Exception failure, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, cancellationToken);
        return true;
    }
}
