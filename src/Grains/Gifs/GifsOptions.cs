namespace GifShare.Grains.Gifs;

/// <summary>Settings under <c>Storage</c>.</summary>
public sealed class GifsOptions
{
    /// <summary>
    /// Bytes of live uploads per user. 5 GB is some thousand gifs; one account cannot fill a home server's disk. Deleted uploads, which
    /// stay restorable for 30 days, may take as much again.
    /// </summary>
    public long QuotaPerUser { get; set; } = 5L * 1024 * 1024 * 1024;
}
