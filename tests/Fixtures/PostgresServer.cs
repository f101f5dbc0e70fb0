using GifShare.Standalone.Postgres;

namespace GifShare.Fixtures;

/// <summary>
/// One private PostgreSQL server per test process, started by whoever needs it first and stopped at the end of the process.
/// It is the product's own managed server, only without flushing to the disk.
/// </summary>
public static class PostgresServer
{
    private static readonly Lazy<Task<ManagedPostgres>> Shared = new(StartAsync);

    public static Task<ManagedPostgres> GetAsync() => Shared.Value;

    private static async Task<ManagedPostgres> StartAsync()
    {
        var folder = TestFolders.Create("postgres");
        var server = await ManagedPostgres.StartAsync(
            folder,
            new ManagedPostgresOptions
            {
                Durable = false,
                Settings = new Dictionary<string, string> { ["max_connections"] = "500", ["shared_buffers"] = "64MB" },
            },
            CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.StopNow();
            TestFolders.Delete(folder);
        };
        return server;
    }
}
