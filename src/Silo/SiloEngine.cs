using System.Net;
using System.Net.Sockets;
using GifShare.Grains;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace GifShare.Silo;

/// <summary>How Orleans runs here: alone in a process, without any port, or as a member of a cluster whose membership is in PostgreSQL.</summary>
internal static class SiloEngine
{
    // What the AdoNet providers look a driver up by; it is asked for even where a data source is given.
    private const string Npgsql = "Npgsql";

    /// <summary>How long a leaving silo waits for its frontends to stop sending.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    public static void AddSiloEngine(this IHostApplicationBuilder builder, Action<ISiloBuilder> configure)
    {
        var settings = builder.Configuration.GetSection("Cluster").Get<ClusterSettings>() ?? new ClusterSettings();
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
            silo.AddDashboard();
            if (IsTraced(builder.Configuration))
                silo.AddActivityPropagation();
            configure(silo);
        });
    }

    /// <summary>Passing the trace on costs half of a call even where nobody listens, so it is on only where somebody is told of traces.</summary>
    private static bool IsTraced(IConfiguration configuration) =>
        configuration["Telemetry:OtlpEndpoint"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };

    private static void JoinCluster(ISiloBuilder silo, ClusterSettings settings)
    {
        silo.ConfigureEndpoints(settings.SiloPort, settings.GatewayPort, AddressFamily.InterNetwork, listenOnAnyHostAddress: true);
        silo.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringSiloOptions> options) =>
            options.Configure<Postgres>((clustering, postgres) =>
            {
                clustering.Invariant = Npgsql;
                clustering.DataSource = postgres.Source;
            }));
        // A silo that stops first tells its frontends to use the others, and answers what they have already asked.
        silo.Services.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = Farewell);
        if (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null)
            silo.UseKubernetesHosting();
    }

    /// <summary>
    /// One process, as <c>./gifshare up</c>: nobody else can reach this silo. Orleans wants an address to listen at; each listener is
    /// replaced by one that opens nothing and never accepts, so the port below is only a name.
    /// </summary>
    private static void StayAlone(ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(gatewayPort: 0);
        foreach (var listener in silo.Services.Where(static s => s.ServiceType == typeof(IConnectionListenerFactory) && s.IsKeyedService).ToArray())
        {
            silo.Services.Remove(listener);
            silo.Services.AddKeyedSingleton<IConnectionListenerFactory>(listener.ServiceKey, new ClosedDoor());
        }
    }

    private sealed class ClosedDoor : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            new(new NobodyComes(endpoint));
    }

    private sealed class NobodyComes(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        /// <summary>Completes with null, which tells Orleans that nobody comes any more, when the silo stops.</summary>
        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(end.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            end.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
