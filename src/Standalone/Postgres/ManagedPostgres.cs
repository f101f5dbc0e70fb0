using Npgsql;

namespace GifShare.Standalone.Postgres;

/// <summary>How a managed server is run.</summary>
public sealed record ManagedPostgresOptions
{
    /// <summary>False for tests: nothing is flushed to the disk, so a power cut may lose everything. A killed process does not.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Server settings on top of ours.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Told what happens, in sentences for the person at the terminal.</summary>
    public Action<string> Say { get; init; } = static _ => { };

    /// <summary>Where installed versions are looked for.</summary>
    public string InstallationRoot { get; init; } = PostgresBinaries.DefaultRoot;
}

/// <summary>
/// A private PostgreSQL server inside a data folder. It has no network and no password: the socket lies in a folder that only its
/// user may enter, and the kernel says who connects. Whoever holds the folder's lock may start it; whatever an earlier owner left
/// behind is ended first, and a server that is killed meanwhile is started again.
/// </summary>
public sealed class ManagedPostgres : IAsyncDisposable
{
    public const string Role = "gifshare";

    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(250);

    /// <summary>After a start that failed. Short: whoever made room on the disk shall not wait for it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly ServerUser _user;
    private readonly PostgresBinaries _binaries;
    private readonly ClusterProcesses _processes;
    private readonly ManagedPostgresOptions _options;
    private readonly FolderLock? _clusterLock;
    private readonly CancellationTokenSource _stopping = new();
    private Task _supervisor = Task.CompletedTask;

    private ManagedPostgres(
        Cluster cluster, ServerUser user, PostgresBinaries binaries, FolderLock? clusterLock, ManagedPostgresOptions options)
    {
        _cluster = cluster;
        _user = user;
        _binaries = binaries;
        _clusterLock = clusterLock;
        _options = options;
        _processes = new ClusterProcesses(cluster.Folder);
    }

    public string ConnectionString => ConnectionStringFor(_cluster, "gifshare");

    public string ClusterFolder => _cluster.Folder;

    public string SocketFolder => _cluster.SocketFolder;

    public PostgresBinaries Binaries => _binaries;

    /// <summary>The server's main process; null while it is down.</summary>
    public int? ServerProcessId => _processes.Server();

    /// <summary>Starts the server of this data folder; returns when it answers and the database exists.</summary>
    /// <exception cref="StartFailedException">It cannot; the message says what to do.</exception>
    public static async Task<ManagedPostgres> StartAsync(
        FolderLock dataFolder, ManagedPostgresOptions options, CancellationToken cancellationToken)
    {
        ForgetClientVariables();
        var recorded = Cluster.Recorded(dataFolder.Folder);
        var user = await ServerUser.DecideAsync(recorded?.Folder, cancellationToken);
        var cluster = recorded ?? await Cluster.PlaceAsync(dataFolder.Folder, user, cancellationToken);
        var binaries = PostgresBinaries.Find(cluster.Exists ? cluster.Folder : null, options.InstallationRoot);

        var server = new ManagedPostgres(cluster, user, binaries, LockElsewhere(dataFolder.Folder, cluster), options);
        try
        {
            await server.PrepareAsync(dataFolder.Folder, cancellationToken);
            await server.StartServerAsync(cancellationToken);
            await server.CreateDatabaseAsync(cancellationToken);
            server._supervisor = Task.Run(server.SuperviseAsync, CancellationToken.None);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The connection string of a data folder whose server another process runs; null when it has none.</summary>
    public static string? ConnectionStringOf(string dataFolder) =>
        Cluster.Recorded(Linux.RealPath(dataFolder)) is { } cluster ? ConnectionStringFor(cluster, "gifshare") : null;

    /// <summary>The running server processes of a data folder, and which of them is the main one; whoever started them.</summary>
    public static (int? Server, IReadOnlyList<int> All) ProcessesOf(string dataFolder)
    {
        var data = Linux.RealPath(dataFolder);
        var processes = new ClusterProcesses(Cluster.Named(data)?.Folder ?? Path.Combine(data, Cluster.UsualName));
        return (processes.Server(), [.. processes.Find()]);
    }

    /// <summary>Ends what a crashed owner of this folder left running, and its socket folder.</summary>
    public static void EndLeftovers(FolderLock dataFolder)
    {
        var cluster = Cluster.Named(dataFolder.Folder);
        new ClusterProcesses(cluster?.Folder ?? Path.Combine(dataFolder.Folder, Cluster.UsualName)).End();
        if (cluster is not null && Directory.Exists(cluster.SocketFolder))
            Directory.Delete(cluster.SocketFolder, recursive: true);
    }

    /// <summary>Ends and deletes the database of a data folder that is given up, also where it is not inside.</summary>
    public static void DeleteCluster(FolderLock dataFolder)
    {
        EndLeftovers(dataFolder);
        if (Cluster.Named(dataFolder.Folder) is not { } cluster || !Directory.Exists(cluster.Folder))
            return;
        Directory.Delete(cluster.Folder, recursive: true);
        File.Delete(cluster.Folder + ".lock");
    }

    public string ConnectionStringFor(string database) => ConnectionStringFor(_cluster, database);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _supervisor;
        await Task.Run(End);
    }

    /// <summary>The same without waiting for anybody's thread: for the end of the process.</summary>
    public void StopNow()
    {
        _stopping.Cancel();
        _supervisor.Wait();
        End();
    }

    private void End()
    {
        _processes.End();
        if (Directory.Exists(_cluster.SocketFolder))
            Directory.Delete(_cluster.SocketFolder, recursive: true);
        _clusterLock?.Dispose();
    }

    private async Task PrepareAsync(string dataFolder, CancellationToken cancellationToken)
    {
        if (_processes.Find().Any())
            _options.Say("Ending the database server that an earlier start left behind.");
        await Task.Run(_processes.End, cancellationToken);
        if (!_cluster.Exists)
        {
            _options.Say($"Making a database (PostgreSQL {_binaries.Major}) in {_cluster.Folder}.");
            await _cluster.CreateAsync(_binaries, _user, _options.Durable, cancellationToken);
        }
        else if (!_cluster.Folder.StartsWith(dataFolder + '/', StringComparison.Ordinal))
        {
            _options.Say($"The database is in {_cluster.Folder}.");
        }

        if (Cluster.Recorded(dataFolder) is null)
            await _cluster.RecordAsync(dataFolder, cancellationToken);
    }

    private async Task StartServerAsync(CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(_options.Settings);
        if (!_options.Durable)
            settings["fsync"] = settings["synchronous_commit"] = settings["full_page_writes"] = "off";
        await _cluster.ConfigureAsync(_user, settings, cancellationToken);

        // pg_ctl gives the server a session of its own: a Ctrl-C in the terminal is ours to handle, not the server's.
        var log = Path.Combine(_cluster.Folder, "start.log");
        File.Delete(log);
        var started = await _user.RunAsync(
            [_binaries.Tool("pg_ctl"), "start", "-D", _cluster.Folder, "-l", log, "-w", "-t", "300", "-s"], cancellationToken);
        if (!started.Succeeded)
        {
            var reason = File.Exists(log) ? await File.ReadAllTextAsync(log, cancellationToken) : "";
            throw new StartFailedException(
                $"PostgreSQL did not start in {_cluster.Folder} (its folder log may say more):\n{started.Output}\n{reason}".TrimEnd());
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var postgres = NpgsqlDataSource.Create(ConnectionStringFor(_cluster, "postgres") + ";Pooling=false");
        await using var exists = postgres.CreateCommand("SELECT 1 FROM pg_database WHERE datname = 'gifshare'");
        if (await exists.ExecuteScalarAsync(cancellationToken) is not null)
            return;
        await using var create = postgres.CreateCommand("CREATE DATABASE gifshare");
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task SuperviseAsync()
    {
        var said = "";
        while (await NotStoppedAfterAsync(said.Length == 0 ? Watch : Pause))
        {
            try
            {
                if (_processes.Server() is not null)
                    continue;
            }
            catch (IOException)
            {
                // Nobody can look; a server that runs must not be ended for it.
                continue;
            }

            try
            {
                if (said.Length == 0)
                    _options.Say("The database server ended unexpectedly; starting it again.");
                await Task.Run(_processes.End);
                await StartServerAsync(_stopping.Token);
                _options.Say("The database server runs again.");
                said = "";
            }
            catch (Exception e) when (e is StartFailedException or IOException)
            {
                // It goes on trying, for hours if the disk is full; once is enough to say why.
                if (said.Length == 0)
                    _options.Say(e.Message);
                said = e.Message;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<bool> NotStoppedAfterAsync(TimeSpan pause)
    {
        await Task.Delay(pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stopping.IsCancellationRequested;
    }

    private static string ConnectionStringFor(Cluster cluster, string database) =>
        new NpgsqlConnectionStringBuilder { Host = cluster.SocketFolder, Username = Role, Database = database }.ConnectionString;

    /// <summary>Npgsql reads some of libpq's variables; what they say is about another server.</summary>
    private static void ForgetClientVariables()
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (name.StartsWith("PG", StringComparison.Ordinal))
                Environment.SetEnvironmentVariable(name, null);
        }
    }

    /// <summary>A copied data folder names the same cluster elsewhere: the cluster has a lock of its own then.</summary>
    private static FolderLock? LockElsewhere(string dataFolder, Cluster cluster)
    {
        if (cluster.Folder.StartsWith(dataFolder + '/', StringComparison.Ordinal))
            return null;
        return FolderLock.TryTake(Path.GetDirectoryName(cluster.Folder)!, Path.GetFileName(cluster.Folder) + ".lock")
            ?? throw new StartFailedException(
                $"The database in {cluster.Folder} is in use by another GifShare; {dataFolder} looks like a copy of its data folder.");
    }
}
