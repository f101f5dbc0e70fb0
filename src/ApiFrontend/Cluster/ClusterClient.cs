using GifShare.ApiFrontend.Operations;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Messaging;

namespace GifShare.ApiFrontend.Cluster;

/// <summary>Makes the frontend an Orleans client: connected to some silos, without a database.</summary>
public static class ClusterClient
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Refresh interval of the gateway list, which bounds how soon a new silo is used. Orleans' default is a minute.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(2);

    /// <summary>Adds the client. Needs <c>Cluster:Gateways</c>. The client connects during host startup and retries without limit.</summary>
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
            client.Services.AddSingleton<IOutgoingGrainCallFilter>(new CallDeadline(settings.ResponseTimeout));
            client.Services.Configure<GatewayOptions>(static gateways => gateways.GatewayListRefreshPeriod = Refresh);
            client.Services.AddSingleton(settings);
            client.Services.AddSingleton<IGatewayListProvider, DnsGatewayList>();
            client.UseConnectionRetryFilter(KeepTrying);
            if (Telemetry.HasCollector(builder.Configuration))
                client.AddActivityPropagation();
            client.AddDashboard();
        });
    }

    /// <summary>Retries the connection: a frontend may start before the silos.</summary>
    private static async Task<bool> KeepTrying(Exception failure, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, cancellationToken);
        return true;
    }
}
