using GifShare.Grains;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cli;

/// <summary>Maintenance commands. Only these use the grains' code directly.</summary>
internal static class OperatorVerbs
{
    /// <summary>Recounts every counter from its rows and reports differences.</summary>
    public static async Task<int> CheckAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        await using var database = await OperatorDatabase.OpenAsync(options, cancellationToken);
        var differences = await GrainsServices.CheckCounters(database.ConnectionString, cancellationToken);
        foreach (var difference in differences)
            Console.WriteLine(difference);
        Console.WriteLine($"{differences.Count} differences");
        return differences.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    public static Task<int> ResetPasswordAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.ResetPassword, userName, options, cancellationToken);

    public static Task<int> PromoteAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.Promote, userName, options, cancellationToken);

    public static Task<int> InviteAsync(StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.Invite, null, options, cancellationToken);
}
