using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Cluster;

/// <summary>A frontend of a cluster is an Orleans client: it holds connections to some silos and reads no database.</summary>
internal static class ClusterClient
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public static void AddClusterClient(this IHostApplicationBuilder builder)
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
            if (IsTraced(builder.Configuration))
                client.AddActivityPropagation();
            client.AddDashboard();
        });
    }

    private static bool IsTraced(IConfiguration configuration) =>
        configuration["Telemetry:OtlpEndpoint"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };

    /// <summary>A frontend may start before the silos do.</summary>
    private static async Task<bool> KeepTrying(Exception failure, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, cancellationToken);
        return true;
    }
}
