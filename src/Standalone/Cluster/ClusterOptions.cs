using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cluster;

/// <summary>The options of <c>./gifshare cluster</c> in addition to those of <c>up</c>.</summary>
public sealed record ClusterOptions
{
    /// <summary>The maximum number of silos, and of frontends.</summary>
    public const int Most = 16;

    /// <summary>Number of silo processes, 1 to <see cref="Most"/>.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>Number of frontend processes, 1 to <see cref="Most"/>.</summary>
    public int Frontends { get; init; } = 2;

    /// <summary>Whether a process that exits is restarted, with freshly read settings. False: the exit is only printed.</summary>
    public bool Restart { get; init; }

    /// <exception cref="StartFailedException">A number is out of range.</exception>
    public void Check()
    {
        if (Silos is < 1 or > Most || Frontends is < 1 or > Most)
            throw new StartFailedException($"--silos and --frontends take 1 to {Most}.", ExitCodes.Usage);
    }
}
