using System.Net;
using System.Net.Sockets;
using GifShare.Grains.Database;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace GifShare.Silo;

/// <summary>Configures Orleans: a single silo without ports, or a cluster member with membership stored in PostgreSQL.</summary>
internal static class SiloEngine
{
    // The ADO.NET invariant of the driver; required even where a data source is given.
    private const string Npgsql = "Npgsql";

    /// <summary>Interval of the dashboard's samples in milliseconds. At the default of one second, sampling is most of an idle silo's work.</summary>
    private const int DashboardEvery = 5000;

    /// <summary>How long a stopping silo waits for its frontends to stop sending.</summary>
    private static readonly TimeSpan GatewayDrainTime = TimeSpan.FromSeconds(2);

    /// <summary>Interval of the heartbeat in the membership table. Orleans' default of 30 s makes a restarted cluster wait for 90 s.</summary>
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(5);

    /// <summary>How long a starting silo tries to reach the active silos of the membership table. Orleans' default is five minutes.</summary>
    private static readonly TimeSpan JoinLimit = TimeSpan.FromMinutes(1);

    /// <summary>How often the membership table is polled without a change notification.</summary>
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);

    /// <summary>How long the row of a dead silo is kept.</summary>
    private static readonly TimeSpan DefunctRows = TimeSpan.FromDays(1);

    /// <summary>
    /// The maximum length of a grain's request queue. Beyond it callers get "unavailable": back-pressure for a slow database, so that the queue does not
    /// exhaust memory.
    /// </summary>
    public const int MaxWaitingCalls = 10_000;

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
            silo.Services.Configure<SiloMessagingOptions>(static messaging => messaging.MaxEnqueuedRequestsHardLimit = MaxWaitingCalls);
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
            // No vote is cast against a silo that was heard from within three of these, so they also bound how long a hung silo stays a member.
            membership.MaxProbeTimeout = settings.ProbeTimeout * 2;
            // A starting silo ignores silos whose heartbeat is older than three intervals: after a power cut it waits for 15 s at most.
            membership.IAmAliveTablePublishTimeout = HeartbeatInterval;
            membership.NumMissedTableIAmAliveLimit = 3;
            membership.MaxJoinAttemptTime = JoinLimit;
            membership.TableRefreshTimeout = TableRefresh;
            membership.DefunctSiloExpiration = DefunctRows;
        });
        // Before the product's call filters, because these two decide whether a call runs at all.
        silo.Services.AddSingleton<IIncomingGrainCallFilter>(services => ActivatorUtilities.CreateInstance<StandstillFilter>(services, settings.ProbeTimeout));
        silo.Services.AddSingleton<IIncomingGrainCallFilter, LateCallFilter>();
        silo.Services.AddSingleton<IOutgoingGrainCallFilter>(static services =>
            new CallDeadline(services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value.ResponseTimeout));
        // Graceful shutdown: a stopping silo first tells its frontends to use other silos, and answers the calls they have already sent.
        silo.Services.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = GatewayDrainTime);
        if (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null)
            silo.UseKubernetesHosting();
    }

    /// <summary>A single process, as <c>./gifshare up</c>. Orleans requires port numbers, but nothing listens on them.</summary>
    private static void StayAlone(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(gatewayPort: 0);
        // Every grain is in this process, so a cache of the grain directory (20 MB) is of no use.
        silo.Services.Configure<GrainDirectoryOptions>(static directory => directory.CachingStrategy = GrainDirectoryOptions.CachingStrategyType.None);
        // A single silo has no members to reach. With this setting on, a clock jump during startup would end the process.
        silo.Services.Configure<ClusterMembershipOptions>(static membership => membership.EvictWhenMaxJoinAttemptTimeExceeded = false);
        Listeners.OpenNone(silo.Services);
    }
}
