using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GifShare.Fixtures;
using GifShare.Grains.Database;
using GifShare.Standalone.Host;

namespace GifShare.Cluster.Tests;

/// <summary>
/// Silos and frontends one by one, as an orchestrator starts them, on a database of their own: for what <c>./gifshare cluster</c> does not do,
/// such as addresses that change and frontends that come before their silos.
/// </summary>
public sealed class ClusterProcesses : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly FolderLock folder;
    private readonly List<ClusterProcess> running = [];

    private ClusterProcesses(TestDatabase database, FolderLock folder) => (this.database, this.folder) = (database, folder);

    public static async Task<ClusterProcesses> CreateAsync(CancellationToken cancellationToken)
    {
        var database = await TestDatabase.CreateAsync();
        await Migrations.Apply(database.ConnectionString, cancellationToken);
        return new(database, TestFolders.Create("processes"));
    }

    /// <summary>A free port of the loopback address.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <param name="on">What goes before the command, where it runs on a host of its own: then nobody here can ask for its health.</param>
    public ClusterProcess StartSilo(string address, int siloPort, int gatewayPort, params string[] on) => Start("GifShare.Silo.dll", "/health/ready", on, new()
    {
        ["ConnectionStrings__GifShare"] = database.ConnectionString,
        ["Cluster__Address"] = address,
        ["Cluster__SiloPort"] = Text(siloPort),
        ["Cluster__GatewayPort"] = Text(gatewayPort),
        ["RateLimits__WritesPerMinute"] = "0",
    });

    /// <param name="gateways">As <c>Cluster:Gateways</c> takes them.</param>
    /// <param name="metricsPort">0: none.</param>
    public ClusterProcess StartFrontend(string gateways, int metricsPort = 0) => Start("GifShare.ApiFrontend.dll", "/health/connected", [], new()
    {
        ["Cluster__Gateways"] = gateways,
        ["Telemetry__MetricsPort"] = Text(metricsPort),
        ["Shutdown__DrainSeconds"] = "0",
        ["RateLimits__RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits__ReadsPerMinutePerAddress"] = "0",
        ["RateLimits__AnonymousPostsPerMinutePerAddress"] = "0",
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var process in running)
            await process.DisposeAsync();
        TestFolders.Delete(folder);
        await database.DisposeAsync();
    }

    /// <summary><c>./gifshare check</c> on the database, which must find nothing.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken) => Assert.Empty(await Grains.GrainsServices.CheckCounters(database.ConnectionString, cancellationToken));

    private ClusterProcess Start(string assembly, string health, string[] on, Dictionary<string, string> settings)
    {
        var port = FreePort();
        settings["Secrets__MasterKey"] = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(static i => (byte)i)]);
        settings["PublicUrl"] = "http://localhost";
        settings["ObjectStore__Folder"] = Path.Combine(folder.Folder, "files");
        settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Text(port)}";
        settings["Logging__LogLevel__Default"] = "Warning";
        var process = new ClusterProcess(assembly, new($"http://127.0.0.1:{Text(port)}"), health, on, settings);
        running.Add(process);
        return process;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One silo or frontend as a process.</summary>
public sealed class ClusterProcess : IAsyncDisposable
{
    // A cluster starts while others build on the same machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly string health;
    private readonly List<string> said = [];
    private readonly long started = Stopwatch.GetTimestamp();

    internal ClusterProcess(string assembly, Uri address, string health, string[] on, IReadOnlyDictionary<string, string> settings)
    {
        (Address, this.health) = (address, health);
        string[] command = [.. on, "dotnet", Path.Combine(Path.GetDirectoryName(typeof(StandaloneHost).Assembly.Location)!, assembly)];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        process = new() { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>Both outputs, as they came.</summary>
    public string Said
    {
        get
        {
            lock (said)
                return string.Join('\n', said);
        }
    }

    /// <summary>Waits until it says that it serves.</summary>
    /// <returns>How long that took since its start.</returns>
    public async Task<TimeSpan> ServesAsync(CancellationToken cancellationToken)
    {
        await IsAsync(HttpStatusCode.OK, cancellationToken);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Waits for this answer to the question whether it serves.</summary>
    public async Task IsAsync(HttpStatusCode status, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.True(
            async () =>
            {
                Assert.False(process.HasExited, Said);
                try
                {
                    using var answer = await http.GetAsync(new Uri(Address, health), cancellationToken);
                    return answer.StatusCode == status;
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    return false;
                }
            },
            cancellationToken, Patience);
    }

    /// <summary>Asks it to end and waits until it has.</summary>
    public async Task<int> EndAsync(string signal, CancellationToken cancellationToken)
    {
        Signals.Send(signal, process.Id);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await EndAsync("-KILL", CancellationToken.None);
        process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (said)
            if (line.Data is not null && said.Count < 5_000)
                said.Add(line.Data);
    }
}
