using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Postgres;

/// <summary>The location and files of one data folder's database (a PostgreSQL cluster): created once, configured at every start.</summary>
internal sealed record Cluster(string Id, string Folder, string SocketFolder)
{
    /// <summary>A cluster is created under a temporary name and renamed when complete, so a partial one is never used.</summary>
    public const string UnfinishedSuffix = ".init-";

    public const string UsualName = "postgres";

    private const string Elsewhere = "/var/lib/gifshare";

    // sockaddr_un holds 108 bytes with its terminating zero.
    private const int LongestSocketPath = 107;

    public bool Exists => File.Exists(Path.Combine(Folder, "PG_VERSION"));

    /// <summary>The existing cluster that an earlier start recorded; null for a new data folder.</summary>
    public static Cluster? Recorded(string dataFolder)
    {
        var cluster = Named(dataFolder);
        return cluster is null or { Exists: true }
            ? cluster
            : throw new StartFailedException(
                $"{dataFolder}/instance.json says that the database is in {cluster.Folder}, and it is not there; "
                + "bring it back, or remove instance.json to start with an empty database.");
    }

    /// <summary>The recorded cluster, whether or not its folder exists.</summary>
    public static Cluster? Named(string dataFolder)
    {
        var record = Path.Combine(dataFolder, "instance.json");
        if (!File.Exists(record))
            return null;
        var instance = JsonSerializer.Deserialize<Instance>(File.ReadAllText(record), JsonSerializerOptions.Web)
            ?? throw new StartFailedException($"{record} is damaged; restore it from a backup.");
        var folder = Path.GetFullPath(instance.Cluster, dataFolder);
        return new Cluster(instance.Id, folder, SocketFolderFor(instance.Id));
    }

    public static async Task<Cluster> PlaceAsync(string dataFolder, ServerUser user, CancellationToken cancellationToken)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataFolder)))[..12];
        if (await user.CanReachAsync(dataFolder, cancellationToken))
            return new Cluster(id, Path.Combine(dataFolder, UsualName), SocketFolderFor(id));
        Directory.CreateDirectory(Elsewhere);
        return new Cluster(id, Path.Combine(Elsewhere, id), SocketFolderFor(id));
    }

    /// <summary>Creates a new, empty cluster.</summary>
    public async Task CreateAsync(
        PostgresBinaries binaries, ServerUser user, bool durable, CancellationToken cancellationToken)
    {
        foreach (var abandoned in Directory.EnumerateDirectories(Path.GetDirectoryName(Folder)!, Path.GetFileName(Folder) + UnfinishedSuffix + "*"))
            Directory.Delete(abandoned, recursive: true);

        var unfinished = Folder + UnfinishedSuffix + Guid.NewGuid().ToString("N")[..8];
        await user.CreateFolderAsync(unfinished, cancellationToken);
        string[] hurry = durable ? [] : ["--no-sync"];
        var made = await user.RunAsync(
            [binaries.Tool("initdb"), "-D", unfinished, "-U", ManagedPostgres.Role, "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums",
             "-A", "peer", "--no-instructions", .. hurry],
            cancellationToken);
        if (!made.Succeeded)
            throw new StartFailedException($"The database could not be created in {Folder}: {made.Output}");

        // Replaces the sample file, which lists every setting; ours are few and in one file.
        await user.WriteFileAsync(Path.Combine(unfinished, "postgresql.conf"), "include 'gifshare.conf'\n", cancellationToken);
        Directory.Move(unfinished, Folder);
    }

    /// <summary>Records the location, so that a data folder that is moved, or opened by another user, still finds its database.</summary>
    public async Task RecordAsync(string dataFolder, CancellationToken cancellationToken)
    {
        var record = Path.Combine(dataFolder, "instance.json");
        var place = Path.GetRelativePath(dataFolder, Folder);
        var instance = new Instance(Id, place.StartsWith("..", StringComparison.Ordinal) ? Folder : place);
        await File.WriteAllTextAsync(record + ".new", JsonSerializer.Serialize(instance, JsonSerializerOptions.Web), cancellationToken);
        File.Move(record + ".new", record, overwrite: true);
    }

    /// <summary>Writes settings and access rules at every start, so that a new version of the program applies its own.</summary>
    public async Task ConfigureAsync(
        ServerUser user, IReadOnlyDictionary<string, string> extraSettings, CancellationToken cancellationToken)
    {
        await user.CreateFolderAsync(SocketFolder, cancellationToken);
        foreach (var leftover in Directory.EnumerateFiles(SocketFolder))
            File.Delete(leftover);

        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "",
            ["unix_socket_directories"] = SocketFolder,
            ["unix_socket_permissions"] = "0700",
            ["max_connections"] = "100",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["dynamic_shared_memory_type"] = "mmap",
            ["jit"] = "off",
            // Without it, an orphaned backend of a killed server in a long statement keeps the next server from starting.
            ["client_connection_check_interval"] = "1s",
            ["statement_timeout"] = "30s",
            ["idle_in_transaction_session_timeout"] = "60s",
            // A week of logs, one file per day, without statements and parameter values, which contain user input.
            ["logging_collector"] = "on",
            ["log_directory"] = "log",
            ["log_filename"] = "server-%a.log",
            ["log_rotation_age"] = "1d",
            ["log_rotation_size"] = "0",
            ["log_truncate_on_rotation"] = "on",
            ["log_checkpoints"] = "off",
            ["log_min_error_statement"] = "panic",
            ["log_error_verbosity"] = "terse",
        };
        foreach (var (name, value) in extraSettings)
            settings[name] = value;

        var lines = settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} = '{s.Value.Replace("'", "''", StringComparison.Ordinal)}'"));
        await user.WriteFileAsync(
            Path.Combine(Folder, "gifshare.conf"),
            "# Written by GifShare at every start. Your own settings go below the include in postgresql.conf.\n" + string.Join('\n', lines) + "\n",
            cancellationToken);
        await user.WriteFileAsync(
            Path.Combine(Folder, "pg_hba.conf"),
            $"# Written by GifShare: its socket, its own user, nobody else and no network.\nlocal all {ManagedPostgres.Role} peer map=gifshare\n",
            cancellationToken);
        var people = new[] { Environment.UserName, user.Name }.Distinct().Select(n => $"gifshare \"{n}\" {ManagedPostgres.Role}\n");
        await user.WriteFileAsync(Path.Combine(Folder, "pg_ident.conf"), string.Concat(people), cancellationToken);
    }

    /// <summary>The socket's folder is outside of the data folder, because a socket's path must be short and Npgsql splits hosts at commas.</summary>
    private static string SocketFolderFor(string id)
    {
        if (Linux.IsRoot)
        {
            Directory.CreateDirectory("/run/gifshare");
            return $"/run/gifshare/{id}";
        }

        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? $"{runtime}/gifshare-{id}" : null,
            $"{Path.TrimEndingDirectorySeparator(Path.GetTempPath())}/gs-{id}",
        ];
        return candidates.FirstOrDefault(Usable) ?? $"/tmp/gs-{id}";

        static bool Usable(string? folder) =>
            folder is not null
            && !folder.Contains(',', StringComparison.Ordinal)
            && Encoding.UTF8.GetByteCount(folder + "/.s.PGSQL.5432.lock") <= LongestSocketPath
            && Directory.Exists(Path.GetDirectoryName(folder));
    }

    private sealed record Instance(string Id, string Cluster);
}
