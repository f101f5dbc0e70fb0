using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Fixtures;

/// <summary>A fresh, empty database on this process's server, dropped when it is disposed. Make one per test class.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly ManagedPostgres server;
    private readonly string name;

    private TestDatabase(ManagedPostgres server, string name)
    {
        this.server = server;
        this.name = name;
        ConnectionString = server.ConnectionStringFor(name);
    }

    public string ConnectionString { get; }

    public static async Task<TestDatabase> CreateAsync()
    {
        var server = await PostgresServer.GetAsync();
        var name = "test_" + Guid.NewGuid().ToString("N")[..12];
        PostgresServer.Took();
        try
        {
            await ExecuteAsync(server, $"CREATE DATABASE {name}");
        }
        catch
        {
            await PostgresServer.GaveBackAsync();
            throw;
        }

        return new TestDatabase(server, name);
    }

    /// <summary>Lets nobody in and ends who is there, or lets everybody in again.</summary>
    public async Task SetAwayAsync(bool isAway)
    {
        await ExecuteAsync(server, $"ALTER DATABASE {name} ALLOW_CONNECTIONS {(isAway ? "false" : "true")}");
        if (isAway)
            await ExecuteAsync(server, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await using (var pool = new NpgsqlConnection(ConnectionString))
                NpgsqlConnection.ClearPool(pool);
            await ExecuteAsync(server, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
        finally
        {
            await PostgresServer.GaveBackAsync();
        }
    }

    private static async Task ExecuteAsync(ManagedPostgres server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionStringFor("postgres") + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
