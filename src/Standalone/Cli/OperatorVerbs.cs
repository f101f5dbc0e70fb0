using System.Globalization;
using GifShare.Grains;
using GifShare.ObjectStore;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cli;

/// <summary>Maintenance commands. Only these use the grains' code directly.</summary>
internal static class OperatorVerbs
{
    /// <summary>Missing files that are named.</summary>
    private const int MostFiles = 1_000;

    /// <summary>Recounts every counter from its rows, compares rows with the store of files, and reports differences.</summary>
    public static async Task<int> CheckAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        await using var database = await OperatorDatabase.OpenAsync(options, cancellationToken);
        var differences = await GrainsServices.CheckCounters(database.ConnectionString, cancellationToken);
        foreach (var difference in differences)
            Console.WriteLine(difference);
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddConfiguredObjectStore(database.Configuration).BuildServiceProvider();
        try
        {
            var files = await GrainsServices.CheckFiles(database.ConnectionString, services.GetRequiredService<IObjectStore>(), cancellationToken);
            foreach (var key in files.Missing.Take(MostFiles))
                Console.WriteLine($"The file {key} is missing from the store; look for it in a backup");
            if (files.Missing.Count > MostFiles)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"and {files.Missing.Count - MostFiles:#,0} more files"));
            if (files.Missing.Count > 0 && files.Missing.Count == files.Referenced)
                Console.WriteLine("All files are missing: give check the settings that GifShare runs with (ObjectStore)");
            if (files.Orphans > 0)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{files.Orphans:#,0} files are in the store that nothing refers to; the running GifShare deletes them"));
            var count = differences.Count + files.Missing.Count;
            Console.WriteLine($"{count} differences");
            return count == 0 ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (ObjectStoreUnavailableException e)
        {
            throw new StartFailedException($"The files could not be compared: {e.Message}", ExitCodes.Failure, e);
        }
    }

    public static Task<int> ResetPasswordAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.ResetPassword, userName, options, cancellationToken);

    public static Task<int> PromoteAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.Promote, userName, options, cancellationToken);

    public static Task<int> InviteAsync(StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.Invite, null, options, cancellationToken);
}
