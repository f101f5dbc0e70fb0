namespace GifShare.Grains.Collections;

/// <summary>Settings under <c>Collections</c>.</summary>
public sealed class CollectionsOptions
{
    /// <summary>Memory for finished pages per silo. 256 MB hold about 10,000 pages of 50 gifs.</summary>
    public long PageCacheBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>How long views of uncapped links are gathered before they are written; api.md allows a second in all.</summary>
    public int ViewFlushMilliseconds { get; set; } = 400;
}

/// <summary>What the product fixes; no settings.</summary>
public static class CollectionLimits
{
    public const int Items = 10_000;
    public const int BatchIds = 500;
    public const int SharedPage = 50;
    public const int Links = 1_000;
    public static readonly TimeSpan Undo = TimeSpan.FromDays(30);
    public static readonly TimeSpan CounterLag = TimeSpan.FromSeconds(1);
}
