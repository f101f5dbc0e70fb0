using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cli;

/// <summary>The command <c>up</c>: serves until it is stopped by a signal.</summary>
internal static class UpVerb
{
    public static async Task<int> RunAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        await using var host = await StandaloneHost.StartAsync(options, cancellationToken);
        options.Say($"GifShare is ready at {host.PublicUrl} (data in {Path.GetFullPath(options.DataFolder)}; Ctrl-C ends it).");

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.Stopping);
        await Task.Delay(Timeout.Infinite, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        options.Say("Ending.");
        return ExitCodes.Success;
    }
}
