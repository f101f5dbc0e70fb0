using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Standalone.Postgres;
using Npgsql;

namespace GifShare.Faults.Tests.Database;

public sealed class BusyProduct : IAsyncLifetime
{
    public Product Product { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Product = await Product.StartAsync("database-faults", TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Product.DisposeAsync();
}

/// <summary>
/// What happens to the database under load: hot pages go on, writes are refused at once and never half done, nothing hangs, and all comes
/// back by itself.
/// </summary>
public sealed class DatabaseFaultTests(BusyProduct busy) : IClassFixture<BusyProduct>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(FaultScale.Of(4, 20));

    private readonly Product product = busy.Product;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_server_is_killed()
    {
        await using var load = await Load.StartAsync(product);
        await load.EndureAsync("kill -9 of the managed PostgreSQL", () =>
        {
            Signals.Kill(product.Program.DatabaseId!.Value);
            return Task.CompletedTask;
        }, null, static () => Task.CompletedTask);
    }

    [Fact]
    public async Task All_its_processes_are_killed_at_once()
    {
        Assert.SkipUnless(FaultScale.IsLong, "long form only: its server alone is killed in the short one");
        await using var load = await Load.StartAsync(product);
        await load.EndureAsync("kill -9 of all processes of PostgreSQL at once", () =>
        {
            Signals.Send("-KILL", product.Program.DatabaseIds);
            return Task.CompletedTask;
        }, null, static () => Task.CompletedTask);
    }

    [Fact]
    public async Task It_is_frozen()
    {
        await using var load = await Load.StartAsync(product);
        int[] frozen = [];
        await load.EndureAsync($"SIGSTOP of PostgreSQL for {Long.TotalSeconds} s", () =>
        {
            // The main process first, so that no new ones come.
            var server = product.Program.DatabaseId!.Value;
            frozen = [server];
            Signals.Send("-STOP", server);
            frozen = [.. product.Program.DatabaseIds];
            Signals.Send("-STOP", frozen);
            return Task.CompletedTask;
        }, Long, () =>
        {
            Signals.Send("-CONT", frozen);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Somebody_else_takes_all_connections()
    {
        await using var load = await Load.StartAsync(product);
        await using var others = NpgsqlDataSource.Create(ManagedPostgres.ConnectionStringOf(product.Data)! + ";Pooling=false;Timeout=10;Application Name=others");
        List<NpgsqlConnection> taken = [await others.OpenConnectionAsync(Cancel)];
        await load.EndureAsync("connections of PostgreSQL exhausted by another client", async () =>
        {
            // The product's own are ended and taken as well, until it has none.
            do
            {
                await using (var end = new NpgsqlCommand("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name LIKE 'gifshare%'", taken[0]))
                    await end.ExecuteNonQueryAsync(Cancel);
                while (await TryOpen() is { } connection)
                    taken.Add(connection);
            }
            while (await OfTheProduct() > 0);
        }, Long, async () =>
        {
            foreach (var connection in taken)
                await connection.DisposeAsync();
        });

        async Task<NpgsqlConnection?> TryOpen()
        {
            try
            {
                return await others.OpenConnectionAsync(Cancel);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                return null;
            }
        }

        async Task<long> OfTheProduct()
        {
            await using var count = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'gifshare%'", taken[0]);
            return (long)(await count.ExecuteScalarAsync(Cancel))!;
        }
    }
}
