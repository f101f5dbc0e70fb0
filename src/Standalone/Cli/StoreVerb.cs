using System.Globalization;
using GifShare.ObjectStore;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cli;

/// <summary>
/// Copies all stored files from the store of <c>ObjectStore:Previous</c> to that of <c>ObjectStore:Kind</c>, beside a running GifShare or without one. May be
/// stopped and started again: what is there already is left out.
/// </summary>
internal static class StoreVerb
{
    private const int AtOnce = 4;
    private const int ProgressEvery = 1_000;

    public static async Task<int> CopyAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        using var configuration = new ConfigurationManager();
        StandaloneSettings.Apply(configuration, options, Path.GetFullPath(options.DataFolder), options.Port);
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddConfiguredObjectStore(configuration).BuildServiceProvider();
        if (services.GetService<MovingObjectStore>() is not { } store)
        {
            throw new StartFailedException(
                "Name the store that the files come from: set ObjectStore:Kind to the new store and ObjectStore:Previous to the old one (Folder or S3), restart GifShare with both, "
                + "then run this again with the same settings.", ExitCodes.Usage);
        }

        try
        {
            return await CopyAllAsync(store, options.Say, cancellationToken);
        }
        catch (ObjectStoreUnavailableException e)
        {
            throw new StartFailedException($"{e.Message} Run this again; what was copied stays.", ExitCodes.Failure, e);
        }
    }

    private static async Task<int> CopyAllAsync(MovingObjectStore store, Action<string> say, CancellationToken cancellationToken)
    {
        var (copied, lost) = (0L, 0L);
        await Parallel.ForEachAsync(
            store.Previous.ListAsync(cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (stored, cancel) =>
            {
                // A file that was deleted meanwhile is not there any more; that is no loss.
                if (!await store.CopyAsync(stored.Key, cancel) && await store.Previous.ExistsAsync(stored.Key, cancel))
                {
                    say($"The file {stored.Key} is damaged; it is left out.");
                    Interlocked.Increment(ref lost);
                }
                else if (Interlocked.Increment(ref copied) % ProgressEvery == 0)
                    say(string.Create(CultureInfo.InvariantCulture, $"{copied:#,0} files."));
            });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{copied:#,0} files are in the new store, each compared with its hash when it was copied."));
        if (lost == 0)
        {
            Console.WriteLine("Remove ObjectStore:Previous from the settings and restart GifShare; then the old store can be deleted.");
            return ExitCodes.Success;
        }

        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{lost:#,0} files are damaged in the old store (named above); look for them in a backup."));
        return ExitCodes.Failure;
    }
}
