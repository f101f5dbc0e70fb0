using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>
/// A finished page: its bytes, and the state they were made of. It is current while nothing of that has changed: the collection's revision, the
/// version of cards in it, the window of its signed addresses. Counts are not in it; they are put in as it is read.
/// </summary>
public sealed class CachedPage
{
    /// <summary>What stands before the counts: the collection, if it is in the page.</summary>
    public required byte[] Head { get; init; }
    public required bool HasCounts { get; init; }

    /// <summary>What <see cref="Head"/> was written from, with counts of then; null where the collection is not in the page.</summary>
    public required Collection? Collection { get; init; }

    /// <summary>What stands after them: the items, if they are in the page.</summary>
    public required ItemsPart Items { get; init; }

    /// <summary>Of all bytes, without the counts.</summary>
    public required ulong Hash { get; init; }
    public required long Version { get; init; }
    public required bool IsPublic { get; init; }

    /// <summary>The activation's card version; another activation has another object.</summary>
    public required CardVersion Cards { get; init; }
    public required long CardsAsOf { get; init; }
    public required long Revision { get; init; }
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Something in it is kept of others, who can close or open it at any time: until when it may be shown. Null: nothing is.</summary>
    public required DateTimeOffset? KeptUntil { get; init; }

    /// <summary>Set by every reader, taken away as the cache's hand passes.</summary>
    internal bool Used { get; set; } = true;

    /// <summary>Bytes, roughly, with what surrounds them.</summary>
    public int Size => (HasCounts ? 2 * Head.Length : 0) + Items.Json.Length + 500;

    public string ETag(Counters counters) => ETags.Of(Version, HasCounts ? ETags.With(Hash, counters.Views, counters.Likes) : Hash);

    public FinishedPage Show(Counters counters) => Show(counters, Items.Json);

    /// <summary>The collection with the counts of now.</summary>
    public Collection ShowCollection(Counters counters) => Collection! with { ViewCount = counters.Views, LikeCount = counters.Likes };

    /// <param name="counters">Of now.</param>
    /// <param name="rest">In the place of <see cref="Items"/>.</param>
    public FinishedPage Show(Counters counters, ReadOnlyMemory<byte> rest) =>
        new(Head, ETag(counters), IsPublic, Rest: rest, Counts: HasCounts ? new ShownCounts(counters.Views, counters.Likes) : null);

    /// <summary>Null: the reader has something else, or nothing.</summary>
    public FinishedPage? Unchanged(Counters counters, string? ifNoneMatch)
    {
        if (ifNoneMatch is null)
            return null;
        var etag = ETag(counters);
        return ETags.IfNoneMatch(ifNoneMatch, etag) ? new(default, etag, IsPublic, NotModified: true) : null;
    }
}

/// <summary>The end of a page, <c>},"items":…,"next":…}</c>.</summary>
/// <param name="NextOffset">Where <c>next</c> stands; a capped link's page gets its own there.</param>
/// <param name="Last">Where the next page begins (the text inside a cursor); null where nothing was shown.</param>
/// <param name="HasKept">Some of it is kept of others, hidden or not.</param>
public sealed record ItemsPart(byte[] Json, int NextOffset, string? Last, bool HasMore, bool HasKept)
{
    /// <summary>Of a page of the collection alone.</summary>
    public static ItemsPart None { get; } = new(PageWriter.CollectionEnd, 0, null, false, false);
}
