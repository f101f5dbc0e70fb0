namespace GifShare.Standalone;

/// <summary>What an operator does to the data besides running it. The one place where the verbs meet the grains' code.</summary>
internal static class OperatorVerbs
{
    /// <summary>Recounts every counter against its rows and reports differences.</summary>
    public static Task<int> CheckAsync(StandaloneOptions options, CancellationToken cancellationToken) => NotBuiltYet("check");

    public static Task<int> ResetPasswordAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        NotBuiltYet("user reset-password");

    public static Task<int> PromoteAsync(string userName, StandaloneOptions options, CancellationToken cancellationToken) =>
        NotBuiltYet("user promote");

    private static async Task<int> NotBuiltYet(string verb)
    {
        await Console.Error.WriteLineAsync($"'{verb}' is not built yet.");
        return ExitCodes.Usage;
    }
}
