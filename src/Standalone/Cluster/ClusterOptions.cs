using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cluster;

/// <summary>Options of <c>./gifshare cluster</c> beyond those of <c>up</c>.</summary>
public sealed record ClusterOptions
{
    /// <summary>The most processes of a kind.</summary>
    public const int Most = 16;

    /// <summary>Silo processes, 1 to <see cref="Most"/>.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>Frontend processes, 1 to <see cref="Most"/>.</summary>
    public int Frontends { get; init; } = 2;

    /// <summary>Whether a process that ends is started again, with the settings of that moment. False: its end is only printed.</summary>
    public bool Restart { get; init; }

    /// <exception cref="StartFailedException">A number is out of range.</exception>
    public void Check()
    {
        if (Silos is < 1 or > Most || Frontends is < 1 or > Most)
            throw new StartFailedException($"--silos and --frontends take 1 to {Most}.", ExitCodes.Usage);
    }
}
