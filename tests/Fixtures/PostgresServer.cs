
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;

namespace GifShare.Fixtures;

/// <summary>
/// One private PostgreSQL server per test process, started by whoever needs it first. It is the product's own managed server, only
/// without flushing to the disk. It ends with the last database after the tests are over (<see cref="EndOfTests"/>); a program that is no test
/// ends it as it exits.
/// </summary>
public static class PostgresServer
{
    private static readonly Lazy<Task<(ManagedPostgres Server, FolderLock Folder)>> Shared = new(StartAsync);
    private static readonly Lock Gate = new();
    private static int databases;
    private static bool areTestsOver, isEnded;

    public static async Task<ManagedPostgres> GetAsync() => (await Shared.Value).Server;

    internal static void Took()
    {
        lock (Gate)
            databases++;
    }

    internal static Task GaveBackAsync() => ChangeAsync(() => databases--);

    internal static Task TestsAreOverAsync() => ChangeAsync(static () => areTestsOver = true);

    private static async Task ChangeAsync(Action change)
    {
        lock (Gate)
        {
            change();
            if (!areTestsOver || databases > 0 || isEnded || !Shared.IsValueCreated)
                return;
            isEnded = true;
        }

        var (server, folder) = await Shared.Value;
        await server.DisposeAsync();
        TestFolders.Delete(folder);
    }

    private static async Task<(ManagedPostgres, FolderLock)> StartAsync()
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
            lock (Gate)
            {
                if (isEnded)
                    return;
                isEnded = true;
            }

            server.StopNow();
            TestFolders.Delete(folder);
        };
        return (server, folder);
    }
}

/// <summary>
/// Every test program has it as an assembly fixture (tests/Directory.Build.props). What took its time while the process exits, xunit's
/// watchdog would take for a thread that somebody forgot.
/// </summary>
public sealed class EndOfTests : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await PostgresServer.TestsAreOverAsync();
        await S3Server.TestsAreOverAsync();
    }
}
