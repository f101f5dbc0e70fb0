using System.Globalization;
using System.Text.Json.Nodes;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Standalone.Backup;

/// <summary>
/// Creates a data folder from a backup: verifies the whole file, builds the folder beside its path, and renames it when it is complete and on disk.
/// A failed or killed restore leaves the target as it was.
/// </summary>
internal static class RestoreVerb
{
    public const string NotRestored = "The backup could not be restored";

    private const string Unfinished = ".restoring-";

    /// <summary>Bytes: the initial size of a new database, and GifShare's reserve of free space.</summary>
    private const long MinimumFree = 512L << 20;

    public static async Task<int> RunAsync(string file, StandaloneOptions options, CancellationToken cancellationToken)
    {
        var target = TargetOf(options);
        using var backup = BackupReader.Open(file);
        options.Say("Verifying the backup.");
        var manifest = await backup.ReadAsync(null, new Progress(options.Say, "Verifying", backup.Length), cancellationToken);
        var binaries = PostgresBinaries.Find(null, options.Postgres.InstallationRoot);
        if (binaries.Major < manifest.Postgres)
        {
            throw new StartFailedException(
                $"The backup is of PostgreSQL {manifest.Postgres}, and the newest on this machine is {binaries.Major}; install postgresql-{manifest.Postgres} first.", ExitCodes.Usage);
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            ClearLeftovers(target);
            NeedSpace(target, backup.Length);
            await BuildAsync(backup, manifest, target, options, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NpgsqlException)
        {
            throw new StartFailedException($"{NotRestored}: {e.Message}", ExitCodes.Failure, e);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{target}: {manifest.Users} users, {manifest.Gifs} GIFs, {manifest.Collections} collections, {backup.Objects} files, as of {manifest.CreatedAt:u}. Start it with up."));
        if (backup.Objects < manifest.Objects)
            Console.WriteLine($"{manifest.Objects - backup.Objects} files were missing or damaged when the backup was made; they are not in it.");
        return ExitCodes.Success;
    }

    private static string TargetOf(StandaloneOptions options)
    {
        using var configuration = new ConfigurationManager();
        StandaloneSettings.Apply(configuration, options, options.DataFolder, options.Port);
        if (!string.IsNullOrEmpty(configuration[StandaloneSettings.ConnectionString]))
        {
            throw new StartFailedException(
                "restore makes a data folder with a database of its own, and ConnectionStrings__GifShare names another one: unset it. "
                + "docs/operations.md says how to put a backup into a PostgreSQL of yours.", ExitCodes.Usage);
        }

        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataFolder));
        if (File.Exists(target))
            throw new StartFailedException($"{target} is a file; name an empty folder, or one that is not there, with --data.", ExitCodes.Usage);
        if (!Directory.Exists(target))
            return target;
        target = Linux.RealPath(target);
        // The finished folder is renamed to the target, which is impossible for a mount point.
        if (File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ')[4] == target))
            throw new StartFailedException($"{target} is a disk of its own, which cannot be replaced; name a folder inside it with --data.", ExitCodes.Usage);
        return !Directory.EnumerateFileSystemEntries(target).Any()
            ? target
            : throw new StartFailedException($"{target} is not empty; name an empty folder, or one that is not there, with --data.", ExitCodes.Usage);
    }

    private static async Task BuildAsync(
        BackupReader backup, BackupManifest manifest, string target, StandaloneOptions options, CancellationToken cancellationToken)
    {
        using var folder = FolderLock.Take(target + Unfinished + Guid.NewGuid().ToString("N")[..8]);
        try
        {
            // One sync before the rename makes everything durable.
            var postgres = options.Postgres with { Durable = false, Say = options.Say };
            string cluster;
            await using (var server = await ManagedPostgres.StartAsync(folder, postgres, cancellationToken))
            {
                cluster = server.ClusterFolder;
                await using var contents = new RestoreTarget(folder.Folder, server);
                options.Say("Restoring.");
                await backup.ReadAsync(contents, new Progress(options.Say, "Restoring", backup.Length), cancellationToken);
                await contents.FinishAsync(cancellationToken);
                await VerifyAsync(server.ConnectionString, manifest, cancellationToken);
            }

            SetAsidePlaces(folder.Folder, options.Say);
            await Task.Run(() => Linux.SyncDisk(folder.Folder), CancellationToken.None);
            await Task.Run(() => Linux.SyncDisk(cluster), CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(folder.Folder, target);
            Linux.SyncFolder(Path.GetDirectoryName(target)!);
        }
        catch
        {
            Remove(folder);
            throw;
        }
    }

    private static async Task VerifyAsync(string connectionString, BackupManifest manifest, CancellationToken cancellationToken)
    {
        await using var source = Grains.Database.Postgres.Apart(
            new NpgsqlConnectionStringBuilder(connectionString) { Options = "-c statement_timeout=0" }.ConnectionString, "gifshare-restore");
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // Without statistics, query plans would be bad until the first autovacuum.
        await using (var analyze = new NpgsqlCommand("ANALYZE", connection))
            await analyze.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "SELECT (SELECT max(number) FROM gifshare.migrations), (SELECT count(*) FROM users), (SELECT count(*) FROM gifs), (SELECT count(*) FROM collections)", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        if ((row.GetInt32(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)) != (manifest.Schema, manifest.Users, manifest.Gifs, manifest.Collections))
            throw new StartFailedException("The restored database is not what the backup says it holds. Nothing was restored.");
    }

    /// <summary>Sets the backup's settings aside if they contain paths or addresses of the old machine, which would point away from the restored data.</summary>
    private static void SetAsidePlaces(string folder, Action<string> say)
    {
        var file = Path.Combine(folder, BackupFormat.Settings);
        if (!File.Exists(file))
            return;
        JsonNode? settings;
        try
        {
            settings = JsonNode.Parse(File.ReadAllText(file), null, new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (System.Text.Json.JsonException)
        {
            settings = null;
        }

        if (settings is JsonObject values
            && !values.Any(v => v.Key.StartsWith("ConnectionStrings", StringComparison.OrdinalIgnoreCase) || v.Key.StartsWith("ObjectStore", StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        File.Move(file, file + ".from-backup");
        say($"The backup's appsettings.json names places of its old machine; it lies in {BackupFormat.Settings}.from-backup, and is not used.");
    }

    private static void NeedSpace(string target, long bytes)
    {
        var free = new DriveInfo(Path.GetDirectoryName(target)!).AvailableFreeSpace;
        if (free - bytes < MinimumFree)
        {
            throw new StartFailedException(
                $"The disk of {target} has too little room: {BackupFormat.Megabytes(free)} are free, about {BackupFormat.Megabytes(bytes + MinimumFree)} are needed.");
        }
    }

    /// <summary>Deletes what a killed restore to the same path left behind.</summary>
    private static void ClearLeftovers(string target)
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetDirectoryName(target)!, Path.GetFileName(target) + Unfinished + "*"))
        {
            using var folder = FolderLock.TryTake(left);
            if (folder is not null)
                Remove(folder);
        }
    }

    private static void Remove(FolderLock folder)
    {
        if (!Directory.Exists(folder.Folder))
            return;
        ManagedPostgres.DeleteCluster(folder);
        Directory.Delete(folder.Folder, recursive: true);
    }
}
