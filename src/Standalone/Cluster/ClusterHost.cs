using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GifShare.Grains.Database;
using GifShare.Standalone.Cli;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cluster;

/// <summary>
/// A cluster on one machine, for evaluation, tests and demonstrations: the data folder and PostgreSQL of <c>up</c>, silos and frontends as separate
/// processes on the loopback address, and a load balancer in this process. The programs are those that run in Kubernetes.
/// </summary>
internal sealed class ClusterHost : IAsyncDisposable
{
    private const string Loopback = "127.0.0.1";

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly StartedParts started = new();
    private readonly List<(Member Member, Task Running)> silos = [], frontends = [];
    private readonly StandaloneOptions options;
    private readonly ClusterOptions cluster;

    private ClusterHost(StandaloneOptions options, ClusterOptions cluster) => (this.options, this.cluster) = (options, cluster);

    public string PublicUrl { get; private set; } = "";

    /// <summary>Returns when every silo and frontend is healthy; on failure everything that was started is stopped again.</summary>
    /// <exception cref="StartFailedException">The start failed; the message says what to do.</exception>
    public static async Task<ClusterHost> StartAsync(StandaloneOptions options, ClusterOptions cluster, CancellationToken cancellationToken)
    {
        cluster.Check();
        var host = new ClusterHost(options, cluster);
        try
        {
            await host.Start(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>One line per process: name, process id and address.</summary>
    public IEnumerable<string> Describe() => frontends.Concat(silos).Select(static one => string.Create(
        CultureInfo.InvariantCulture, $"  {one.Member.Spec.Name,-12} process {one.Member.Id,-8} {one.Member.Spec.Health.GetLeftPart(UriPartial.Authority)}"));

    /// <summary>Stops the frontends first, so that none calls a stopped silo, then the silos, and the database last.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var group in (List<(Member Member, Task Running)>[])[frontends, silos])
        {
            foreach (var (member, _) in group)
                member.End();
            var ended = Task.WhenAll(group.Select(static one => one.Running));
            if (await Task.WhenAny(ended, Task.Delay(EndLimit)) != ended)
                foreach (var (member, _) in group)
                    member.Kill();
            await ended;
        }

        await started.DisposeAsync();
    }

    private async Task Start(CancellationToken cancellationToken)
    {
        var sockets = started.Own(ListeningSockets.Open(options.Host, options.Port));
        var folder = started.Own(FolderLock.Take(options.DataFolder));
        var door = started.Own(ControlDoor.Make(folder.Folder));

        var found = started.Own(new ConfigurationManager());
        StandaloneSettings.Apply(found, options, folder.Folder, sockets.Port);
        StandaloneSettings.Check(found);
        await StandaloneHost.CompleteSettingsAsync(found, options, folder, started, cancellationToken);
        PublicUrl = found[StandaloneSettings.PublicUrl]!;
        // Migrated here and not by the first silo: silos that wait for each other's migration lock start more slowly.
        await Migrations.Apply(found[StandaloneSettings.ConnectionString]!, cancellationToken);

        var starter = started.Own(new Starter());
        var ports = FreePorts((cluster.Silos * 3) + cluster.Frontends);
        var gateways = string.Join(';', ports.Take(cluster.Silos).Select(static port => $"{Loopback}:{port}"));
        Run(silos, starter, Enumerable.Range(0, cluster.Silos).Select(n => SiloSpec(n, ports)), Shared);
        Run(frontends, starter, Enumerable.Range(0, cluster.Frontends).Select(n => FrontendSpec(n, ports)), Shared);
        var balancer = started.Own(Balancer.Build(sockets, door, new Dictionary<string, string?> { ["Cluster:Gateways"] = gateways }, frontends.Select(static one => one.Member.Spec)));
        await balancer.StartAsync(cancellationToken);
        await Serving(cancellationToken);

        // Read anew at each start of a process, so that a changed appsettings.json takes effect.
        Dictionary<string, string?> Shared()
        {
            using var configuration = new ConfigurationManager();
            StandaloneSettings.Apply(configuration, options, folder.Folder, sockets.Port);
            foreach (var name in (string[])[StandaloneSettings.ConnectionString, StandaloneSettings.MasterKey])
                configuration[name] = found[name];
            configuration["Cluster:Gateways"] = gateways;
            // All requests come through the balancer, which forwards the client's address.
            configuration["ForwardedHeaders:KnownProxies"] ??= Loopback;
            return configuration.AsEnumerable().Where(static setting => setting.Value is not null).ToDictionary();
        }
    }

    private MemberSpec SiloSpec(int n, int[] ports)
    {
        var address = $"http://{Loopback}:{ports[(cluster.Silos * 2) + n]}";
        return new($"silo {n + 1}", "GifShare.Silo.dll", new($"{address}/health/ready"), new Dictionary<string, string?>
        {
            ["Cluster:Address"] = Loopback,
            ["Cluster:GatewayPort"] = Text(ports[n]),
            ["Cluster:SiloPort"] = Text(ports[cluster.Silos + n]),
            ["ASPNETCORE_URLS"] = address,
        });
    }

    private MemberSpec FrontendSpec(int n, int[] ports)
    {
        var address = $"http://{Loopback}:{ports[(cluster.Silos * 3) + n]}";
        return new($"frontend {n + 1}", "GifShare.ApiFrontend.dll", new($"{address}/health/connected"), new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = address,
            ["Shutdown:DrainSeconds"] = "2",
            // Frontends have no database access.
            [StandaloneSettings.ConnectionString] = "",
        });
    }

    private void Run(List<(Member, Task)> group, Starter starter, IEnumerable<MemberSpec> specs, Func<IReadOnlyDictionary<string, string?>> settings)
    {
        foreach (var spec in specs)
        {
            var member = new Member(spec, starter, options.Say);
            group.Add((member, member.RunAsync(settings, cluster.Restart)));
        }
    }

    private async Task Serving(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartTimeout);
        await Task.WhenAll(silos.Concat(frontends).Select(one => Serves(one.Member.Spec, one.Running)));

        async Task Serves(MemberSpec spec, Task running)
        {
            while (!running.IsCompleted)
            {
                try
                {
                    using var answer = await http.GetAsync(spec.Health, limit.Token);
                    if (answer.IsSuccessStatusCode)
                        return;
                    await Task.Delay(ProbeInterval, limit.Token);
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(ProbeInterval, limit.Token);
                }
                catch (OperationCanceledException) when (!limit.IsCancellationRequested)
                {
                    // The probe timed out: try again.
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    break;
                }
            }

            throw new StartFailedException($"{spec.Name} did not start; its output is above.");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Finds free ports. All listeners stay open until the end, so that no port is returned twice.</summary>
    private static int[] FreePorts(int count)
    {
        var probes = Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var probe in probes)
                probe.Start();
            return [.. probes.Select(static probe => ((IPEndPoint)probe.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var probe in probes)
                probe.Dispose();
        }
    }
}
