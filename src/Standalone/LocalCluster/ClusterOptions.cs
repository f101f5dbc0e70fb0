namespace GifShare.Standalone.LocalCluster;

/// <summary>What <c>./gifshare cluster</c> is started with, beside what <c>up</c> has as well.</summary>
public sealed record ClusterOptions
{
    /// <summary>More than a machine has cores is for trying, not for speed.</summary>
    public const int Most = 16;

    /// <summary>Silo processes, 1 to <see cref="Most"/>.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>Frontend processes, 1 to <see cref="Most"/>.</summary>
    public int Frontends { get; init; } = 2;

    /// <summary>A process that ends is started again, with the settings as they are then. False: it is only said.</summary>
    public bool Restart { get; init; }

    /// <exception cref="StartFailedException">A number is out of range.</exception>
    public void Check()
    {
        if (Silos is < 1 or > Most || Frontends is < 1 or > Most)
            throw new StartFailedException($"--silos and --frontends take 1 to {Most}.", ExitCodes.Usage);
    }
}
