using System.Net;
using System.Net.Sockets;
using GifShare.Grains;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace GifShare.Silo.Engine;

/// <summary>The adapter to Orleans: everything that differs between the engines stands here or in its twin.</summary>
internal static class SiloEngine
{
    private const string PubSubStore = "PubSubStore";
    private const string Streams = "Streams";

    // What UseAdoNetClustering looks a driver up by; it is asked for even where a data source is given.
    private const string Npgsql = "Npgsql";

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>What this build lacks to be a member of a cluster; null when nothing.</summary>
    public static string? MissingForCluster => null;

    public static void AddSiloEngine(this IHostApplicationBuilder builder, Action<ISiloBuilder> configure)
    {
        var settings = builder.Configuration.GetSection("Cluster").Get<ClusterSettings>() ?? new ClusterSettings();
        builder.UseOrleans(silo =>
        {
            if (settings.Enabled)
                JoinCluster(silo, settings);
            else
                StayAlone(silo);
            silo.AddMemoryStreams(Streams);
            silo.AddActivityPropagation();
            configure(silo);
        });
    }

    private static void JoinCluster(ISiloBuilder silo, ClusterSettings settings)
    {
        silo.Services.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = settings.ClusterId;
            cluster.ServiceId = settings.ServiceId;
        });
        silo.ConfigureEndpoints(settings.SiloPort, settings.GatewayPort, AddressFamily.InterNetwork, listenOnAnyHostAddress: true);
        silo.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringSiloOptions> options) =>
            options.Configure<Postgres>((clustering, postgres) =>
            {
                clustering.Invariant = Npgsql;
                clustering.DataSource = postgres.Source;
            }));
        silo.AddAdoNetGrainStorage(PubSubStore, (OptionsBuilder<AdoNetGrainStorageOptions> options) =>
            options.Configure<Postgres>((storage, postgres) =>
            {
                storage.Invariant = Npgsql;
                storage.DataSource = postgres.Source;
            }));
        // A silo that stops first tells its frontends to use the others, and answers what they have already asked.
        silo.Services.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = Farewell);
        silo.AddDashboard();
        if (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null)
            silo.UseKubernetesHosting();
    }

    /// <summary>One process, as ./gifshare up: no other silo, no gateway, and a port that does not collide with a second process.</summary>
    private static void StayAlone(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(siloPort: FreePort(), gatewayPort: 0);
        silo.AddMemoryGrainStorage(PubSubStore);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
