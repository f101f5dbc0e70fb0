using GifShare.ApiFrontend.Cluster;
using GifShare.Standalone.Cli;
using GifShare.Standalone.Host;
using Yarp.ReverseProxy.Configuration;

namespace GifShare.Standalone.Cluster;

/// <summary>
/// The load balancer in front of the frontends: round robin among the healthy ones, without sticky sessions. It also serves the operator's control
/// socket (<c>./gifshare user</c>) through an Orleans client.
/// </summary>
internal static class Balancer
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(1);

    public static WebApplication Build(ListeningSockets sockets, ControlDoor door, IReadOnlyDictionary<string, string?> settings, IEnumerable<MemberSpec> frontends)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AllowedHosts"] = "*",
            ["Logging:LogLevel:Default"] = "Error",
        });
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The frontends limit request bodies themselves.
            kestrel.Limits.MaxRequestBodySize = null;
            foreach (var handle in sockets.Handles)
                kestrel.ListenHandle(handle);
            door.Listen(kestrel);
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(static host => host.ServicesStartConcurrently = true);
        builder.AddClusterClient();
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new() { RouteId = "all", ClusterId = "frontends", Match = new() { Path = "{**all}" }, Transforms = [new Dictionary<string, string> { ["RequestHeaderOriginalHost"] = "true" }] }],
            [
                new()
                {
                    ClusterId = "frontends",
                    LoadBalancingPolicy = Yarp.ReverseProxy.LoadBalancing.LoadBalancingPolicies.RoundRobin,
                    Destinations = frontends.ToDictionary(static frontend => frontend.Name, static frontend => new DestinationConfig { Address = frontend.Health.GetLeftPart(UriPartial.Authority) }),
                    HealthCheck = new()
                    {
                        Active = new() { Enabled = true, Interval = CheckEvery, Timeout = CheckLimit, Policy = Yarp.ReverseProxy.Health.HealthCheckConstants.ActivePolicy.ConsecutiveFailures, Path = "/health/connected" },
                        Passive = new() { Enabled = true, Policy = Yarp.ReverseProxy.Health.HealthCheckConstants.PassivePolicy.TransportFailureRate, ReactivationPeriod = TimeSpan.FromSeconds(5) },
                        AvailableDestinationsPolicy = Yarp.ReverseProxy.Health.HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
                    },
                    Metadata = new Dictionary<string, string> { ["ConsecutiveFailuresHealthPolicy.Threshold"] = "1" },
                },
            ]);
        var app = builder.Build();
        ControlDoor.Map(app);
        app.MapReverseProxy();
        return app;
    }
}
