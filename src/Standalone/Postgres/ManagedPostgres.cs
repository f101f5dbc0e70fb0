using System.Diagnostics;
using GifShare.Standalone.Host;
using Npgsql;

namespace GifShare.Standalone.Postgres;

/// <summary>Options of a managed server.</summary>
public sealed record ManagedPostgresOptions
{
    /// <summary>False (for tests): no fsync, so a power cut may lose everything; a killed process loses nothing.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>PostgreSQL settings in addition to ours.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Receives progress messages, in sentences for the terminal.</summary>
    public Action<string> Say { get; init; } = static _ => { };

    /// <summary>The folder in which installed PostgreSQL versions are looked up.</summary>
    public string InstallationRoot { get; init; } = PostgresBinaries.DefaultRoot;
}

/// <summary>
/// A supervised private PostgreSQL server in a data folder. It has no network port and no password: its socket is in a folder that only its user may
/// enter, with peer authentication. The holder of the folder's lock may start it. Orphaned processes of an earlier owner are stopped first, and a
/// killed server is restarted. The server ends with the process that started it, even if that is killed.
/// </summary>
public sealed class ManagedPostgres : IAsyncDisposable
{
    public const string Role = "gifshare";

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>The delay after a failed start; short, so that the server is back soon after disk space was freed.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>The start timeout; generous, because a server killed under heavy writes replays its WAL first.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private readonly Cluster cluster;
    private readonly ServerUser user;
    private readonly PostgresBinaries binaries;
    private readonly ClusterProcesses processes;
    private readonly ManagedPostgresOptions options;
    private readonly FolderLock? clusterLock;
    private readonly Starter starter = new();
    private readonly CancellationTokenSource stopping = new();
    private Task supervisor = Task.CompletedTask;

    private ManagedPostgres(
        Cluster cluster, ServerUser user, PostgresBinaries binaries, FolderLock? clusterLock, ManagedPostgresOptions options)
    {
        (this.cluster, this.user, this.binaries, this.clusterLock, this.options) = (cluster, user, binaries, clusterLock, options);
        processes = new ClusterProcesses(cluster.Folder);
    }

    public string ConnectionString => ConnectionStringFor(cluster, "gifshare");

    public string ClusterFolder => cluster.Folder;

    public string SocketFolder => cluster.SocketFolder;

    public PostgresBinaries Binaries => binaries;

    /// <summary>The postmaster's process id; null while the server is down.</summary>
    public int? ServerProcessId => processes.Server();

    /// <summary>Starts the server of this data folder; returns when it accepts connections and the database exists.</summary>
    /// <exception cref="StartFailedException">The start failed; the message says what to do.</exception>
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
            server.supervisor = Task.Run(server.SuperviseAsync, CancellationToken.None);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The connection string of a data folder's server that another process runs; null when the folder has none.</summary>
    public static string? ConnectionStringOf(string dataFolder) =>
        Cluster.Recorded(Linux.RealPath(dataFolder)) is { } cluster ? ConnectionStringFor(cluster, "gifshare") : null;

    /// <summary>The running server processes of a data folder and the postmaster among them, whoever started them.</summary>
    public static (int? Server, IReadOnlyList<int> All) ProcessesOf(string dataFolder)
    {
        var data = Linux.RealPath(dataFolder);
        var processes = new ClusterProcesses(Cluster.Named(data)?.Folder ?? Path.Combine(data, Cluster.UsualName));
        return (processes.Server(), [.. processes.Find()]);
    }

    /// <summary>Stops processes that a crashed owner of this folder left running, and deletes the socket folder.</summary>
    public static void EndLeftovers(FolderLock dataFolder)
    {
        var cluster = Cluster.Named(dataFolder.Folder);
        new ClusterProcesses(cluster?.Folder ?? Path.Combine(dataFolder.Folder, Cluster.UsualName)).End();
        if (cluster is not null && Directory.Exists(cluster.SocketFolder))
            Directory.Delete(cluster.SocketFolder, recursive: true);
    }

    /// <summary>Stops and deletes the database of a data folder, even if it is outside of the folder.</summary>
    public static void DeleteCluster(FolderLock dataFolder)
    {
        EndLeftovers(dataFolder);
        if (Cluster.Named(dataFolder.Folder) is not { } cluster || !Directory.Exists(cluster.Folder))
            return;
        Directory.Delete(cluster.Folder, recursive: true);
        File.Delete(cluster.Folder + ".lock");
    }

    public string ConnectionStringFor(string database) => ConnectionStringFor(cluster, database);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await supervisor;
        await Task.Run(End);
    }

    /// <summary>Stops the server synchronously, for a process exit handler.</summary>
    public void StopNow()
    {
        stopping.Cancel();
#pragma warning disable VSTHRD002 // A process exit handler cannot await.
        supervisor.Wait();
#pragma warning restore VSTHRD002
        End();
    }

    private void End()
    {
        processes.End();
        starter.Dispose();
        if (Directory.Exists(cluster.SocketFolder))
            Directory.Delete(cluster.SocketFolder, recursive: true);
        clusterLock?.Dispose();
    }

    private async Task PrepareAsync(string dataFolder, CancellationToken cancellationToken)
    {
        if (processes.Find().Any())
            Say("Ending the database server that an earlier start left behind.");
        await Task.Run(processes.End, cancellationToken);
        if (!cluster.Exists)
        {
            Say($"Making a database (PostgreSQL {binaries.Major}) in {cluster.Folder}.");
            await cluster.CreateAsync(binaries, user, options.Durable, cancellationToken);
        }
        else if (!cluster.Folder.StartsWith(dataFolder + '/', StringComparison.Ordinal))
        {
            Say($"The database is in {cluster.Folder}.");
        }

        if (Cluster.Recorded(dataFolder) is null)
            await cluster.RecordAsync(dataFolder, cancellationToken);
    }

    private async Task StartServerAsync(CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string>(options.Settings);
        if (!options.Durable)
            settings["fsync"] = settings["synchronous_commit"] = settings["full_page_writes"] = "off";
        await cluster.ConfigureAsync(user, settings, cancellationToken);

        // Not by pg_ctl, which starts the server and exits: the server would not be our child and would outlive us.
        var log = Path.Combine(cluster.Folder, "start.log");
        File.Delete(log);
        using var server = await starter.StartAsync(
            ["sh", "-c", "umask 077; exec \"$1\" -D \"$2\" >\"$3\" 2>&1 </dev/null", "sh", binaries.Tool("postgres"), cluster.Folder, log],
            [KeyValuePair.Create("LC_ALL", (string?)"C.UTF-8")], signal: "INT", user);
        try
        {
            var started = Stopwatch.GetTimestamp();
            while (!processes.IsReady(server.Id))
            {
                if (server.HasExited || Stopwatch.GetElapsedTime(started) > StartTimeout)
                {
                    var reason = File.Exists(log) ? await File.ReadAllTextAsync(log, cancellationToken) : await server.StandardError.ReadToEndAsync(cancellationToken);
                    throw new StartFailedException($"PostgreSQL did not start in {cluster.Folder} (the files in its folder log may say more):\n{reason}".TrimEnd());
                }

                await Task.Delay(20, cancellationToken);
            }
        }
        catch
        {
            // A process that has not entered its folder yet is not found by End.
            if (!server.HasExited)
                Linux.Signal(server.Id, Linux.SigQuit);
            throw;
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var postgres = NpgsqlDataSource.Create(ConnectionStringFor(cluster, "postgres") + ";Pooling=false");
        await using var exists = postgres.CreateCommand("SELECT 1 FROM pg_database WHERE datname = 'gifshare'");
        if (await exists.ExecuteScalarAsync(cancellationToken) is not null)
            return;
        await using var create = postgres.CreateCommand("CREATE DATABASE gifshare");
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Restarts the server when it ends. Survives every exception, even OutOfMemoryException, because nothing else restarts or stops the server.</summary>
    private async Task SuperviseAsync()
    {
        var said = "";
        while (await NotStoppedAfterAsync(said.Length == 0 ? WatchInterval : RetryDelay))
        {
            try
            {
                if (processes.Server() is not null)
                    continue;
            }
            catch (Exception)
            {
                // The server's state cannot be read now; a running server must not be stopped for that.
                continue;
            }

            try
            {
                if (said.Length == 0)
                    Say("The database server ended unexpectedly; starting it again.");
                await Task.Run(processes.End);
                await StartServerAsync(stopping.Token);
                Say("The database server is running again.");
                said = "";
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Retried every second, for hours if the disk is full; the reason is printed once.
                if (said.Length == 0)
                    Say(e.Message);
                said = e.Message;
            }
        }
    }

    private void Say(string sentence)
    {
        try
        {
            options.Say(sentence);
        }
        catch (Exception)
        {
            // A closed terminal must not stop the supervision.
        }
    }

    private async Task<bool> NotStoppedAfterAsync(TimeSpan pause)
    {
        await Task.Delay(pause, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }

    private static string ConnectionStringFor(Cluster cluster, string database) =>
        new NpgsqlConnectionStringBuilder { Host = cluster.SocketFolder, Username = Role, Database = database }.ConnectionString;

    /// <summary>Removes libpq's environment variables, which Npgsql reads but which are meant for another server.</summary>
    private static void ForgetClientVariables()
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (name.StartsWith("PG", StringComparison.Ordinal))
                Environment.SetEnvironmentVariable(name, null);
        }
    }

    /// <summary>Locks a cluster that is outside of the data folder, because a copied data folder refers to the same cluster.</summary>
    private static FolderLock? LockElsewhere(string dataFolder, Cluster cluster)
    {
        if (cluster.Folder.StartsWith(dataFolder + '/', StringComparison.Ordinal))
            return null;
        return FolderLock.TryTake(Path.GetDirectoryName(cluster.Folder)!, Path.GetFileName(cluster.Folder) + ".lock")
            ?? throw new StartFailedException(
                $"The database in {cluster.Folder} is in use by another GifShare; {dataFolder} looks like a copy of its data folder.");
    }
}
