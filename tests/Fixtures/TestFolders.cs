
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;

namespace GifShare.Fixtures;

/// <summary>
/// Temporary data folders that a crashed test run cannot leave behind for long: each is locked by its process,
/// and the next run ends and deletes what has no living owner.
/// </summary>
public static class TestFolders
{
    private static readonly string Root = Path.Combine(Path.GetTempPath(), "gifshare-tests-" + Environment.UserName);

    /// <summary>A new folder, locked until it is deleted or the process ends.</summary>
    public static FolderLock Create(string name)
    {
        // Reachable by the server's user, as a data folder is.
        Directory.CreateDirectory(Root);
        using var oneAtATime = WaitForTurn();
        foreach (var folder in Directory.EnumerateDirectories(Root))
            DeleteIfAbandoned(folder);
        return FolderLock.Take(Path.Combine(Root, $"{name}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}"));
    }

    public static void Delete(FolderLock folder)
    {
        // Its lock file may go before the rest: nobody may take the half-deleted folder for an abandoned one.
        using var oneAtATime = WaitForTurn();
        Directory.Delete(folder.Folder, recursive: true);
        folder.Dispose();
    }

    private static void DeleteIfAbandoned(string folder)
    {
        try
        {
            using var free = FolderLock.TryTake(folder);
            if (free is null)
                return;
            ManagedPostgres.EndLeftovers(free);
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StartFailedException)
        {
            // Somebody's leftovers are no reason to fail their neighbours' tests; the next run tries again.
            Console.Error.WriteLine($"{folder} could not be cleaned up: {e.Message}");
        }
    }

    private static FolderLock WaitForTurn()
    {
        while (true)
        {
            if (FolderLock.TryTake(Root, "turn") is { } turn)
                return turn;
            Thread.Sleep(20);
        }
    }
}
