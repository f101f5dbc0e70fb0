namespace GifShare.Grains.Gifs;

/// <summary>Settings under <c>Storage</c>.</summary>
public sealed class GifsOptions
{
    /// <summary>
    /// Quota of live uploads per user, in bytes. 5 GB hold a few thousand gifs, and one account cannot fill a home server's disk. Uploads in the
    /// trash, restorable for 30 days, may take as much again.
    /// </summary>
    public long QuotaPerUser { get; set; } = 5L * 1024 * 1024 * 1024;
}
