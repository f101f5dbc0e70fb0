using GifShare.Standalone.Operator;

namespace GifShare.Standalone;

/// <summary>What an operator does to the data besides running it. The one place where the verbs meet the grains' code.</summary>
internal static class OperatorVerbs
{
    /// <summary>Recounts every counter against its rows and reports differences.</summary>
    public static Task<int> CheckAsync(StandaloneOptions options, CancellationToken cancellationToken) => NotBuiltYet("check");

    public static Task<int> ResetPasswordAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.ResetPassword, userName, options, cancellationToken);

    public static Task<int> PromoteAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.Promote, userName, options, cancellationToken);

    public static Task<int> InviteAsync(StandaloneOptions options, CancellationToken cancellationToken) =>
        OperatorClient.RunAsync(OperatorActions.Invite, null, options, cancellationToken);

    private static async Task<int> NotBuiltYet(string verb)
    {
        await Console.Error.WriteLineAsync($"'{verb}' is not built yet.");
        return ExitCodes.Usage;
    }
}
