namespace GifShare.Grains.Collections;

/// <summary>Settings under <c>Collections</c>.</summary>
public sealed class CollectionsOptions
{
    /// <summary>
    /// Size limit of the page cache per silo, in bytes: by default an eighth of the process's memory limit, at least 64 MB. 512 MB hold about
    /// 16,000 pages of 50 gifs (measured: 32 KB each); a read of an evicted page costs a query.
    /// </summary>
    public long PageCacheBytes { get; set; } = Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, 64L << 20);

    /// <summary>How long views of uncapped links are buffered before a write, in milliseconds; api.md allows one second in all.</summary>
    public int ViewFlushMilliseconds { get; set; } = 700;
}

/// <summary>Fixed limits of the product, not configurable.</summary>
public static class CollectionLimits
{
    public const int Items = 10_000;
    public const int BatchIds = 500;
    public const int SharedPage = 50;
    public const int Links = 1_000;
    public static readonly TimeSpan Undo = TimeSpan.FromDays(30);
}
