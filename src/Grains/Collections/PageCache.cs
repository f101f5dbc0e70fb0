using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Collections;

public enum PageKind : byte
{
    Collection,
    Items,
    Shared,
    SharedItems,
}

/// <summary>Which page of which collection. <c>Owner</c> is the link for shared pages.</summary>
public readonly record struct PageKey(Guid Collection, PageKind Kind, Guid Link, byte Sort, short Limit, string? Cursor);

/// <summary>Something the cache holds and may drop at any time.</summary>
public abstract class CachedPage
{
    /// <summary>Set by every reader, taken away as the hand of the clock passes.</summary>
    internal bool Used { get; set; } = true;

    internal PageKey Key { get; set; }

    /// <summary>Bytes, roughly, with what surrounds them.</summary>
    public abstract int Size { get; }
}

/// <summary>
/// Finished pages of all collections of a silo, bounded in bytes. What was not read since the hand of the clock last passed goes first
/// (second chance), which costs a reader one flag instead of a lock.
/// </summary>
public sealed class PageCache(IOptions<CollectionsOptions> options)
{
    private readonly ConcurrentDictionary<PageKey, CachedPage> pages = new();
    private readonly Queue<CachedPage> clock = new();
    private readonly Lock eviction = new();
    private readonly long limit = options.Value.PageCacheBytes;
    private long bytes;

    public long Bytes => Interlocked.Read(ref bytes);

    public long Limit => limit;

    /// <summary>Reads that found a current page, and those that did not; told by the readers, who know what is current.</summary>
    public StripedCounter Hits { get; } = new();

    public StripedCounter Misses { get; } = new();

    public bool TryGet<T>(in PageKey key, [NotNullWhen(true)] out T? page) where T : CachedPage
    {
        page = pages.TryGetValue(key, out var found) ? found as T : null;
        if (page is null)
            return false;
        page.Used = true;
        return true;
    }

    public void Put(in PageKey key, CachedPage page)
    {
        page.Key = key;
        lock (eviction)
        {
            if (pages.TryGetValue(key, out var old))
                bytes -= old.Size;
            pages[key] = page;
            bytes += page.Size;
            clock.Enqueue(page);
            while (bytes > limit && clock.TryDequeue(out var oldest))
            {
                if (!pages.TryGetValue(oldest.Key, out var current) || current != oldest)
                    continue;
                if (oldest.Used && oldest != page)
                {
                    oldest.Used = false;
                    clock.Enqueue(oldest);
                }
                else
                {
                    pages.TryRemove(oldest.Key, out _);
                    bytes -= oldest.Size;
                }
            }

            // Replaced pages leave their place in the queue behind; it must not outgrow the pages.
            while (clock.Count > 2 * pages.Count + 64 && clock.TryDequeue(out var any))
                if (pages.TryGetValue(any.Key, out var current) && current == any)
                    clock.Enqueue(any);
        }
    }
}
