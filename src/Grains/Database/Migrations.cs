using System.Reflection;
using Npgsql;

namespace GifShare.Grains.Database;

/// <summary>
/// Applies forward-only numbered SQL files, embedded in this assembly (<c>NNNN_feature_what.sql</c>). Each runs once, in its own transaction;
/// an advisory lock serializes silos that start together.
/// </summary>
/// <remarks>Not DbUp or FluentMigrator: of four started together (2026-11, PostgreSQL 15), two of DbUp and three of FluentMigrator failed.</remarks>
public static class Migrations
{
    private const long LockKey = 0x67696673_68617265; // "gifshare"

    /// <summary>The newest schema version that this program knows.</summary>
    public static int Newest { get; } = Load()[^1].Number;

    /// <summary>Migrates the database to this program's schema. Fails if a newer program has migrated it further.</summary>
    public static async Task Apply(string connectionString, CancellationToken cancellationToken = default)
    {
        var files = Load();
        await using var source = Postgres.Apart(connectionString, "gifshare-migrations");
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await Execute($"SELECT pg_advisory_lock({LockKey})");
        await Execute("CREATE SCHEMA IF NOT EXISTS gifshare");
        await Execute("CREATE TABLE IF NOT EXISTS gifshare.migrations (number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");

        HashSet<int> applied = [];
        await using (var command = new NpgsqlCommand("SELECT number FROM gifshare.migrations", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                applied.Add(reader.GetInt32(0));

        if (applied.Count > 0 && applied.Max() > files[^1].Number)
            throw new InvalidOperationException($"The database has schema {applied.Max()}, this program knows {files[^1].Number}: start the newer GifShare, or restore a backup.");

        foreach (var (number, name, sql) in files.Where(file => !applied.Contains(file.Number)))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await Execute(sql);
            await Execute($"INSERT INTO gifshare.migrations (number, name) VALUES ({number}, '{name}')");
            await transaction.CommitAsync(cancellationToken);
        }

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static List<(int Number, string Name, string Sql)> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        List<(int Number, string Name, string Sql)> files = [];
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)))
        {
            var name = resource.Split('.')[^2];
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            files.Add((int.Parse(name.AsSpan(0, 4)), name, reader.ReadToEnd()));
        }

        files.Sort((a, b) => a.Number.CompareTo(b.Number));
        return files;
    }
}
