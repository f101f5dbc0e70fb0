using System.Globalization;
using GifShare.Grains.Database;
using GifShare.ObjectStore;
using GifShare.Standalone.Cli;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Standalone.Backup;

/// <summary>
/// Writes one snapshot of the database, and every stored file that this snapshot refers to, into one file. Works beside a running GifShare; contains
/// every write that was acknowledged before the backup began.
/// </summary>
internal static class BackupVerb
{
    private const int Page = 500;
    private const string NotMade = "The backup could not be made";

    public static async Task<int> RunAsync(string file, bool force, StandaloneOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteAsync(file, force, options, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or ObjectStoreUnavailableException)
        {
            throw new StartFailedException($"{NotMade}: {e.Message}", ExitCodes.Failure, e);
        }
    }

    private static async Task<int> WriteAsync(string file, bool force, StandaloneOptions options, CancellationToken cancellationToken)
    {
        await using var database = await OperatorDatabase.OpenAsync(options, cancellationToken);
        await using var place = await BackupPlace.CreateAsync(file, force, database.Configuration, cancellationToken);
        await using var writer = new BackupWriter(place);
        await using var source = Grains.Database.Postgres.Apart(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { Options = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0" }.ConnectionString,
            "gifshare-backup");
        await using var connection = await source.OpenConnectionAsync(cancellationToken);

        options.Say("Copying the database.");
        await BackupDeletionLock.Keep(connection);
        var manifest = await CopyDatabaseAsync(database, connection, writer, cancellationToken);
        var lost = await CopyObjectsAsync(database, connection, writer, manifest, options.Say, cancellationToken);
        await writer.FinishAsync(cancellationToken);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{place.Name}: {manifest.Users} users, {manifest.Gifs} GIFs, {manifest.Collections} collections, {manifest.Objects - lost} files, {BackupFormat.Megabytes(writer.Length)}."));
        if (lost == 0)
            return ExitCodes.Success;
        await Console.Error.WriteLineAsync($"The backup holds everything else, but {lost} files are missing or damaged in the store (named above); look for them in an older backup.");
        return ExitCodes.Failure;
    }

    /// <summary>Writes the manifest, the secrets and the dump from one snapshot; the list of the snapshot's files stays in a temporary table.</summary>
    private static async Task<BackupManifest> CopyDatabaseAsync(
        OperatorDatabase database, NpgsqlConnection connection, BackupWriter writer, CancellationToken cancellationToken)
    {
        if (!await ScalarAsync<bool>(connection, "SELECT to_regclass('gifshare.migrations') IS NOT NULL", cancellationToken))
            throw new StartFailedException("There is nothing to back up: no GifShare has been started with this data yet.");
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var snapshot = await ScalarAsync<string>(connection, "SELECT pg_export_snapshot()", cancellationToken);
        // Before the first start of this version the schema lacks the view.
        var references = await ScalarAsync<bool>(connection, "SELECT to_regclass('gifshare.object_references') IS NOT NULL", cancellationToken)
            ? "SELECT object_key, size FROM object_references WHERE NOT is_pending"
            : "SELECT object_key, size FROM gifs WHERE object_key IS NOT NULL UNION ALL SELECT avatar_key, 0 FROM users WHERE avatar_key IS NOT NULL";
        await ScalarAsync<object>(
            connection,
            $"""
            CREATE TEMP TABLE kept_objects AS SELECT object_key AS key, max(size) AS size FROM ({references}) AS kept GROUP BY 1;
            CREATE INDEX ON kept_objects (key COLLATE "C");
            """,
            cancellationToken);
        writer.NeedSpace((long)await ScalarAsync<decimal>(connection, "SELECT COALESCE(sum(size), 0) FROM kept_objects", cancellationToken));

        var binaries = PostgresBinaries.ToDump(connection.PostgreSqlVersion.Major);
        var now = TimeProvider.System.GetUtcNow();
        var manifest = new BackupManifest(
            BackupFormat.Version, typeof(StandaloneHost).Assembly.GetName().Version!.ToString(3),
            await ScalarAsync<int>(connection, "SELECT max(number) FROM gifshare.migrations", cancellationToken), binaries.Major, now,
            await CountAsync(connection, "users", cancellationToken), await CountAsync(connection, "gifs", cancellationToken),
            await CountAsync(connection, "collections", cancellationToken), await CountAsync(connection, "kept_objects", cancellationToken));
        await writer.AddAsync(BackupFormat.Manifest, manifest.ToJson(), now, cancellationToken);
        await writer.AddAsync(BackupFormat.MasterKey, Convert.FromBase64String(database.Configuration[StandaloneSettings.MasterKey]!), now, cancellationToken);
        var settings = Path.Combine(database.DataFolder, BackupFormat.Settings);
        if (File.Exists(settings) && new FileInfo(settings).Length <= BackupFormat.LongestSettings)
            await writer.AddAsync(BackupFormat.Settings, await File.ReadAllBytesAsync(settings, cancellationToken), now, cancellationToken);
        await DumpAsync(database.ConnectionString, binaries, snapshot, writer, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return manifest;
    }

    private static Task<long> CountAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken) =>
        ScalarAsync<long>(connection, $"SELECT count(*) FROM {table}", cancellationToken);

    private static async Task DumpAsync(
        string connectionString, PostgresBinaries binaries, string snapshot, BackupWriter writer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The current cluster membership means nothing to the cluster that the backup is restored into.
        await using var dump = PostgresTool.Start(
            binaries, "pg_dump", connectionString, "--format=custom", "--no-owner", "--no-privileges", "--schema=gifshare", $"--snapshot={snapshot}",
            "--exclude-table-data=gifshare.orleansmembership*");
        var piece = new byte[BackupFormat.DatabasePiece];
        for (var number = 0; ; number++)
        {
            var read = await dump.Output.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellationToken);
            if (read > 0)
                await writer.AddAsync(BackupFormat.Database(number), new MemoryStream(piece, 0, read, writable: false), now, cancellationToken);
            if (read < piece.Length)
                break;
        }

        await dump.FinishAsync(NotMade, cancellationToken);
    }

    /// <returns>The number of files that could not be copied.</returns>
    private static async Task<long> CopyObjectsAsync(
        OperatorDatabase database, NpgsqlConnection connection, BackupWriter writer, BackupManifest manifest, Action<string> say, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddConfiguredObjectStore(database.Configuration).BuildServiceProvider();
        var objects = services.GetRequiredService<IObjectStore>();
        var progress = new Progress(say, "Copying files", manifest.Objects);
        var (last, done, lost) = ("", 0L, 0L);
        while (await NextKeysAsync(connection, last, cancellationToken) is { Count: > 0 } keys)
        {
            foreach (var text in keys)
            {
                progress.Reached(done++);
                await using var stored = ObjectKey.TryParse(text, out var key) ? await objects.OpenAsync(key, cancellationToken) : null;
                if (stored is not null && await writer.AddAsync(stored, cancellationToken))
                    continue;
                say($"The file {text} is {(stored is null ? "missing from" : "damaged in")} the store; it is left out.");
                lost++;
            }

            last = keys[^1];
        }

        return lost;
    }

    private static async Task<List<string>> NextKeysAsync(NpgsqlConnection connection, string last, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT key FROM kept_objects WHERE key COLLATE \"C\" > @last ORDER BY key COLLATE \"C\" LIMIT {Page}", connection);
        command.Parameters.AddWithValue("last", last);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> keys = [];
        while (await reader.ReadAsync(cancellationToken))
            keys.Add(reader.GetString(0));
        return keys;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
