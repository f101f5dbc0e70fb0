namespace GifShare.Grains.Collections;

/// <summary>Settings under <c>Collections</c>.</summary>
public sealed class CollectionsOptions
{
    /// <summary>
    /// Memory for finished pages per silo: by default an eighth of what the process may use, at least 64 MB. 512 MB hold about
    /// 16,000 pages of 50 gifs (measured: 32 KB each); a read whose page has no room costs a query.
    /// </summary>
    public long PageCacheBytes { get; set; } = Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, 64L << 20);

    /// <summary>How long views of uncapped links are gathered before they are written; api.md allows a second in all.</summary>
    public int ViewFlushMilliseconds { get; set; } = 700;
}

/// <summary>What the product fixes; no settings.</summary>
public static class CollectionLimits
{
    public const int Items = 10_000;
    public const int BatchIds = 500;
    public const int SharedPage = 50;
    public const int Links = 1_000;
    public static readonly TimeSpan Undo = TimeSpan.FromDays(30);
}
