using System.Net;
using System.Net.Sockets;
using GifShare.Kubernetes.Tests.Manifests;

namespace GifShare.Kubernetes.Tests.Images;

/// <summary>
/// The containers of overlays/small as Kubernetes would start them: variables, arguments, user and volumes are those of the rendered objects. What only a cluster
/// knows (addresses, Secrets) and the ports, which are this machine's and on loopback only, are given here.
/// </summary>
internal sealed class SmallOverlay(Cluster cluster, string folder)
{
    private readonly string password = Guid.NewGuid().ToString("N");
    private readonly string key = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    public int DatabasePort { get; } = FreePort();

    public int SiloPort { get; } = FreePort();

    public int GatewayPort { get; } = FreePort();

    public int SiloHealth { get; } = FreePort();

    public int Frontend { get; } = FreePort();

    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={DatabasePort};Username=gifshare;Password={password};Database={database}";

    /// <summary>The server of the operator's image, with the arguments of the overlay's: its own image is another one's work.</summary>
    public ContainerRun Database()
    {
        var pod = Pod("database");
        var arguments = string.Join(' ', pod.Containers[0].Spec.Each("args"));
        return new("operator", "1654:1654", new Dictionary<string, string> { ["PASSWORD"] = password }, [(Volume("data"), "/data")],
        [
            "bash", "-euc",
            $$"""
            export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH" PGDATA=/data/server
            initdb --username=gifshare --pwfile=<(echo "$PASSWORD") --encoding=UTF8 --locale=C.UTF-8 --data-checksums --auth=scram-sha-256
            echo 'CREATE DATABASE gifshare' | postgres --single postgres
            exec postgres -c listen_addresses=127.0.0.1 -c port={{DatabasePort}} -c unix_socket_directories=/tmp {{arguments}}
            """,
        ]);
    }

    public ContainerRun Silo() => Of("silo", new()
    {
        ["Cluster__Address"] = "127.0.0.1",
        ["Cluster__SiloPort"] = $"{SiloPort}",
        ["Cluster__GatewayPort"] = $"{GatewayPort}",
        ["ASPNETCORE_HTTP_PORTS"] = $"{SiloHealth}",
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{SiloHealth}",
    });

    public ContainerRun FrontendRun() => Of("frontend", new()
    {
        ["Cluster__Gateways"] = $"127.0.0.1:{GatewayPort}",
        ["ASPNETCORE_HTTP_PORTS"] = $"{Frontend}",
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Frontend}",
        ["Telemetry__MetricsPort"] = "0",
    });

    public ContainerRun Backup() => Of("operator", []);

    /// <summary>The Job of k8s/restore, into another database and an empty folder.</summary>
    public static ContainerRun Restore(Cluster restore, SmallOverlay small, string database, string files)
    {
        var container = restore.Pods.Single().Containers.Single();
        return new("operator", User(restore.Pods.Single()),
            new Dictionary<string, string> { ["DATABASE"] = small.ConnectionString(database), ["MASTER_KEY"] = small.key },
            [(small.Volume("backups"), "/backups"), (small.Volume(files), "/files")], Command(container));
    }

    /// <summary>A folder that the containers' user may write.</summary>
    public string Volume(string name)
    {
        var place = Path.Combine(folder, "volumes", name);
        Directory.CreateDirectory(place);
        File.SetUnixFileMode(place, (UnixFileMode)0b111_111_111);
        return place;
    }

    private static string[] Command(Container container) =>
        [.. container.Spec.Each("command").Concat(container.Spec.Each("args")).Select(static a => a.ToString())];

    private static string User(Pod pod) => $"{pod.Spec.Text("securityContext", "runAsUser")}:{pod.Spec.Text("securityContext", "runAsGroup")}";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Pod Pod(string component) => cluster.Pods.Single(pod => pod.Component == component);

    private ContainerRun Of(string component, Dictionary<string, string> here)
    {
        var pod = Pod(component);
        var container = pod.Containers.Single();
        here.TryAdd("PublicUrl", $"http://localhost:{Frontend}");
        foreach (var name in cluster.NamesIn(container).Where(name => !here.ContainsKey(name)))
        {
            var value = name switch
            {
                "ConnectionStrings__GifShare" => ConnectionString("gifshare"),
                "Secrets__MasterKey" => key,
                "POD_IP" => "127.0.0.1",
                "POD_NAME" => component,
                "POD_NAMESPACE" => "gifshare",
                _ => cluster.ValueOf(pod, container, name),
            };
            here.Add(name, value ?? throw new InvalidOperationException($"What would {name} of {component} be?"));
        }

        var mounts = container.Spec.Each("volumeMounts").Where(static m => m.Text("mountPath") != "/tmp")
            .Select(m => (Volume(m.Text("name")!), m.Text("mountPath")!)).ToArray();
        return new(component, User(pod), here, mounts, Command(container));
    }
}
