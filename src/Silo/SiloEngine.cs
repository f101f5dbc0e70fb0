using System.Net;
using System.Net.Sockets;
using GifShare.Grains.Database;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace GifShare.Silo;

/// <summary>Configures Orleans: alone in one process, without a port, or as a member of a cluster whose membership is stored in PostgreSQL.</summary>
internal static class SiloEngine
{
    // The name by which the AdoNet providers find the driver; required even where a data source is given.
    private const string Npgsql = "Npgsql";

    /// <summary>Interval of the dashboard's samples in milliseconds. Its default, one second, would be most of an idle silo's work.</summary>
    private const int DashboardEvery = 5000;

    /// <summary>How long a leaving silo waits for its frontends to stop sending.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>How often a silo writes to its row that it is alive. Orleans' default of 30 s makes a restarted cluster wait for 90 s.</summary>
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    /// <summary>How long a starting silo tries to reach the silos that the membership table calls active. Orleans' default is five minutes.</summary>
    private static readonly TimeSpan JoinLimit = TimeSpan.FromMinutes(1);

    /// <summary>How often the membership table is read when no change was announced.</summary>
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);

    /// <summary>How long the row of a dead silo is kept.</summary>
    private static readonly TimeSpan DefunctRows = TimeSpan.FromDays(1);

    /// <summary>
    /// The most calls that may wait for one grain. Beyond it callers get "unavailable": the grain's store is too slow for them, and the queue must not
    /// fill the memory.
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
            // No vote is cast against a silo from which anything came within three of these, so they also bound how long a hanging one is kept.
            membership.MaxProbeTimeout = settings.ProbeTimeout * 2;
            // A starting silo does not wait for silos whose row is older than three of these: after a power cut it waits for 15 s at most.
            membership.IAmAliveTablePublishTimeout = SignOfLife;
            membership.NumMissedTableIAmAliveLimit = 3;
            membership.MaxJoinAttemptTime = JoinLimit;
            membership.TableRefreshTimeout = TableRefresh;
            membership.DefunctSiloExpiration = DefunctRows;
        });
        // These two come before the filters of the product, because they decide whether a call runs at all.
        silo.Services.AddSingleton<IIncomingGrainCallFilter>(services => ActivatorUtilities.CreateInstance<StandstillFilter>(services, settings.ProbeTimeout));
        silo.Services.AddSingleton<IIncomingGrainCallFilter, LateCallFilter>();
        silo.Services.AddSingleton<IOutgoingGrainCallFilter>(static services =>
            new CallDeadline(services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value.ResponseTimeout));
        // A stopping silo first tells its frontends to use other silos, and answers the calls they have already sent.
        silo.Services.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = Farewell);
        if (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null)
            silo.UseKubernetesHosting();
    }

    /// <summary>One process, as <c>./gifshare up</c>. Orleans requires port numbers, but nothing listens on them.</summary>
    private static void StayAlone(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(gatewayPort: 0);
        // Every grain is in this process, so a cache of their places (20 MB) is of no use.
        silo.Services.Configure<GrainDirectoryOptions>(static directory => directory.CachingStrategy = GrainDirectoryOptions.CachingStrategyType.None);
        // A lone silo has no other members to reach. With this setting on, a clock that jumps during the start would end the process.
        silo.Services.Configure<ClusterMembershipOptions>(static membership => membership.EvictWhenMaxJoinAttemptTimeExceeded = false);
        Listeners.OpenNone(silo.Services);
    }
}
