using System.Net;
using System.Net.Sockets;
using GifShare.Grains;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace GifShare.Silo;

/// <summary>How Orleans runs here: alone in a process, without any port, or as a member of a cluster whose membership is in PostgreSQL.</summary>
internal static class SiloEngine
{
    // What the AdoNet providers look a driver up by; it is asked for even where a data source is given.
    private const string Npgsql = "Npgsql";

    /// <summary>How often the dashboard looks, in milliseconds. Its own is every second, which is most of what an idle silo does.</summary>
    private const int DashboardEvery = 5000;

    /// <summary>How long a leaving silo waits for its frontends to stop sending.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>How often a silo writes into its row that it lives. Orleans' own is 30 s, which makes a restarted cluster wait for 90.</summary>
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    /// <summary>How long a starting silo tries to reach those that the table calls active. Orleans' own is five minutes.</summary>
    private static readonly TimeSpan JoinLimit = TimeSpan.FromMinutes(1);

    /// <summary>How often the table is read again when nobody told of a change.</summary>
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);

    /// <summary>How long the row of a dead silo is kept.</summary>
    private static readonly TimeSpan DefunctRows = TimeSpan.FromDays(1);

    public static void AddSiloEngine(this IHostApplicationBuilder builder, Action<ISiloBuilder> configure)
    {
        var settings = ClusterSettings.Of(builder.Configuration);
        builder.UseOrleans(silo =>
        {
            silo.Services.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = settings.ClusterId;
                cluster.ServiceId = settings.ServiceId;
            });
            if (settings.Enabled)
                JoinCluster(silo, settings);
            else
                StayAlone(silo);
            silo.AddStreams(builder.Configuration);
            silo.AddDashboard(static dashboard => dashboard.CounterUpdateIntervalMs = DashboardEvery);
            if (SiloTelemetry.HasCollector(builder.Configuration))
                silo.AddActivityPropagation();
            configure(silo);
        });
    }

    private static void JoinCluster(ISiloBuilder silo, ClusterSettings settings)
    {
        if (IPAddress.TryParse(settings.Address, out var address))
            silo.ConfigureEndpoints(address, settings.SiloPort, settings.GatewayPort, listenOnAnyHostAddress: false);
        else
            silo.ConfigureEndpoints(settings.SiloPort, settings.GatewayPort, AddressFamily.InterNetwork, listenOnAnyHostAddress: false);
        Listeners.OpenLate(silo.Services);
        silo.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringSiloOptions> options) =>
            options.Configure<Postgres>((clustering, postgres) =>
            {
                clustering.Invariant = Npgsql;
                clustering.DataSource = postgres.Source;
            }));
        silo.Services.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = settings.ProbeTimeout;
            // A silo that hangs with its connections open is not voted against while something came from it within three of these.
            membership.MaxProbeTimeout = settings.ProbeTimeout * 2;
            // A row whose silo gave no sign of life for three of these does not keep a new silo waiting: after a power cut, no longer than 15 s.
            membership.IAmAliveTablePublishTimeout = SignOfLife;
            membership.NumMissedTableIAmAliveLimit = 3;
            membership.MaxJoinAttemptTime = JoinLimit;
            membership.TableRefreshTimeout = TableRefresh;
            membership.DefunctSiloExpiration = DefunctRows;
        });
        // Before the filters of the product: they decide whether anything runs at all.
        silo.Services.AddSingleton<IIncomingGrainCallFilter>(services => ActivatorUtilities.CreateInstance<StandstillFilter>(services, settings.ProbeTimeout));
        silo.Services.AddSingleton<IIncomingGrainCallFilter, LateCallFilter>();
        silo.Services.AddSingleton<IOutgoingGrainCallFilter>(static services =>
            new CallDeadline(services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value.ResponseTimeout));
        // A silo that stops first tells its frontends to use the others, and answers what they have already asked.
        silo.Services.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = Farewell);
        if (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null)
            silo.UseKubernetesHosting();
    }

    /// <summary>One process, as <c>./gifshare up</c>. The port is only a name: nothing listens there.</summary>
    private static void StayAlone(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(gatewayPort: 0);
        // Every grain is here: the cache of where they are would take 20 MB to say so.
        silo.Services.Configure<GrainDirectoryOptions>(static directory => directory.CachingStrategy = GrainDirectoryOptions.CachingStrategyType.None);
        // The only silo has nobody to judge: a machine whose clock jumps while it starts would judge itself, and end the process.
        silo.Services.Configure<ClusterMembershipOptions>(static membership => membership.EvictWhenMaxJoinAttemptTimeExceeded = false);
        Listeners.OpenNone(silo.Services);
    }
}
