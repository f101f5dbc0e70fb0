using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Collections;

public enum PageKind : byte
{
    Collection,
    Items,
    Shared,
    SharedItems,
}

/// <summary>Identifies a page of a collection. <paramref name="Link"/> is empty except for pages of a link.</summary>
public readonly record struct PageKey(Guid Collection, PageKind Kind, Guid Link, byte Sort, short Limit, string? Cursor);

/// <summary>
/// Cache of rendered pages of all collections of a silo, bounded in bytes. Evicts by the clock algorithm (second chance), so a hit sets one flag
/// instead of taking a lock.
/// </summary>
public sealed class PageCache(IOptions<CollectionsOptions> options)
{
    private readonly ConcurrentDictionary<PageKey, CachedPage> pages = new();
    // Each cached key exactly once: a page that replaces another keeps its place.
    private readonly Queue<PageKey> clock = new();
    private readonly Lock eviction = new();
    private readonly long limit = options.Value.PageCacheBytes;
    private long bytes;

    public long Bytes => Interlocked.Read(ref bytes);

    public long Limit => limit;

    /// <summary>Reads that found a current page, and reads that did not. Counted by the callers, who decide what is current.</summary>
    public StripedCounter Hits { get; } = new();

    public StripedCounter Misses { get; } = new();

    public bool TryGet(in PageKey key, [NotNullWhen(true)] out CachedPage? page)
    {
        if (!pages.TryGetValue(key, out page))
            return false;
        page.Used = true;
        return true;
    }

    public void Put(in PageKey key, CachedPage page)
    {
        lock (eviction)
        {
            if (pages.TryGetValue(key, out var old))
                bytes -= old.Size;
            else
                clock.Enqueue(key);
            pages[key] = page;
            bytes += page.Size;
            while (bytes > limit && clock.TryDequeue(out var place))
            {
                var oldest = pages[place];
                if (oldest.Used && oldest != page)
                {
                    oldest.Used = false;
                    clock.Enqueue(place);
                }
                else
                {
                    pages.TryRemove(place, out _);
                    bytes -= oldest.Size;
                }
            }
        }
    }
}
