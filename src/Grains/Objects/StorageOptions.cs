namespace GifShare.Grains.Objects;

/// <summary>Settings under <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// Quota of stored files per user, in bytes, with announced uploads. 5 GB hold a few thousand gifs, and one account cannot fill a home server's disk.
    /// Gifs in the trash, restorable for 30 days, may take as much again.
    /// </summary>
    public long QuotaPerUser { get; set; } = 5L * 1024 * 1024 * 1024;
}
