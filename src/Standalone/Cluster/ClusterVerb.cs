using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cluster;

/// <summary>The command <c>cluster</c>: runs a cluster on this machine until it is stopped by a signal.</summary>
internal static class ClusterVerb
{
    public static async Task<int> RunAsync(StandaloneOptions options, ClusterOptions cluster, CancellationToken cancellationToken)
    {
        await using var host = await ClusterHost.StartAsync(options, cluster, cancellationToken);
        foreach (var line in host.Describe())
            options.Say(line);
        options.Say($"GifShare is ready at {host.PublicUrl} (data in {Path.GetFullPath(options.DataFolder)}; Ctrl-C ends all of it).");
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        options.Say("Ending.");
        return ExitCodes.Success;
    }
}
