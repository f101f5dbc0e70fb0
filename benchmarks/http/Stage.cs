using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GifShare.Bench.Load;
using GifShare.Bench.Systems;
using GifShare.Grains.Database;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Bench;

/// <summary>The running environment: the four systems, their databases and the cache, in one temporary folder.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly Dictionary<string, long> used = [];
    private FolderLock? classicFolder;
    private ManagedPostgres? classicDatabase;
    private string[] classicTokens = [];

    private Stage(Options options, string folder) => (Options, Folder, Product) = (options, folder, new(folder));

    public Options Options { get; }

    public string Folder { get; }

    public Product Product { get; }

    public Dictionary<string, BenchSystem> Systems { get; } = [];

    public string ClassicSocketFolder => classicDatabase!.SocketFolder;

    public double IdleMegabytes { get; private set; }

    public static async Task<Stage> StartAsync(Options options, Action<string> say)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"gifshare-bench-{Environment.ProcessId}")).FullName;
        var stage = new Stage(options, folder);
        try
        {
            await stage.StartAsync(say);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reserves a range of unused numbers, so that each added item is new. Returns the first.</summary>
    public long Take(string what, BenchSystem system, long count)
    {
        var key = $"{what}/{system.Name}";
        var first = used.GetValueOrDefault(key);
        used[key] = first + count;
        return first;
    }

    /// <summary>Runs a checkpoint, so that writes of one turn are not flushed during the next.</summary>
    public async Task CheckpointAsync(BenchSystem system)
    {
        await using var source = NpgsqlDataSource.Create((system.Name == BenchSystem.Product ? Product.ConnectionString : classicDatabase!.ConnectionString) + ";Pooling=false;Command Timeout=0");
        await using var command = source.CreateCommand("CHECKPOINT");
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Run(Children.StopAll);
        if (classicDatabase is not null)
            await classicDatabase.DisposeAsync();
        classicFolder?.Dispose();
        if (Environment.GetEnvironmentVariable("BENCH_KEEP") is null)
            Directory.Delete(Folder, recursive: true);
    }

    private async Task StartAsync(Action<string> say)
    {
        say("Starting GifShare and, beside it, PostgreSQL and Redis for the classic design.");
        Product.Start();
        await Task.Delay(TimeSpan.FromSeconds(Options.Short ? 5 : 20));
        IdleMegabytes = ProcFs.ResidentMegabytes(Product.ProcessId);
        classicFolder = FolderLock.Take(Path.Combine(Folder, "classic"));
        classicDatabase = await ManagedPostgres.StartAsync(
            classicFolder,
            // As the product's, with room for pgbench in addition to two pools.
            new() { Settings = new Dictionary<string, string> { ["max_connections"] = "150" } },
            CancellationToken.None);
        await Migrations.Apply(classicDatabase.ConnectionString);
        await Product.RegisterAsync(World.Owners);
        classicTokens = [.. Product.Users.Select(BearerTokens.Issue)];

        say("Filling both databases.");
        var classic = classicDatabase.ConnectionString + ";Search Path=gifshare,public";
        await World.SeedAsync(Product.ConnectionString, Product.Users, addOwners: false, Options);
        await World.SeedAsync(classic, Product.Users, addOwners: true, Options);
        Systems[BenchSystem.Product] = Product.System;
        await StartOthersAsync(classic);
    }

    private async Task StartOthersAsync(string classic)
    {
        var socket = Path.Combine(Folder, "redis.sock");
        var redis = Children.Start(
            LogOf("redis"), "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", Folder, "--daemonize", "no");
        Children.WaitFor(redis, LogOf("redis"), () => File.Exists(socket));
        int[] Database() => ProcFs.WorkingIn(classicDatabase!.ClusterFolder);
        Serve(BenchSystem.Classic, "classic", Database, redis.Id, classic, socket);
        Serve(BenchSystem.PlainSql, "sql", Database, null, classic);
        Serve(
            BenchSystem.Ceiling, "ceiling", null, null,
            await CaptureAsync("shared", $"/v1/shared/{World.Token(World.Viral.First)}", null),
            await CaptureAsync("other", Rows.Reads.OwnPath, Product.System.Tokens()[0]));
        Systems[BenchSystem.Pgbench] = new(BenchSystem.Pgbench, 0, () => 0, Database);
    }

    private void Serve(string name, string verb, Func<int[]>? database, int? cache, params string[] arguments)
    {
        var port = FreePort();
        var process = Children.StartSelf(LogOf(verb), [verb, $"{port}", .. arguments]);
        Children.WaitFor(process, LogOf(verb), () => Answers(port));
        Systems[name] = new(name, port, () => process.Id, database, cache) { Tokens = () => classicTokens };
    }

    private string LogOf(string name) => Path.Combine(Folder, name + ".log");

    /// <summary>Captures a response of GifShare, which the ceiling replays.</summary>
    private async Task<string> CaptureAsync(string name, string path, string? token)
    {
        using var client = new HttpClient { BaseAddress = new($"http://localhost:{Product.Port}") };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await client.GetAsync(path);
        answer.EnsureSuccessStatusCode();
        string[] ofTheServer = ["Date", "Content-Length", "Transfer-Encoding", "Connection"];
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(header => !ofTheServer.Contains(header.Key)).ToDictionary(header => header.Key, header => string.Join(", ", header.Value));
        var file = Path.Combine(Folder, name + ".json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new Captured(headers, await answer.Content.ReadAsStringAsync())));
        return file;
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var wire = new Wire(port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
