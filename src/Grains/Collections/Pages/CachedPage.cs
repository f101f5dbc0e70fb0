using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>
/// A rendered page: its bytes, and the state they were rendered from. It is current while the collection's revision, the version of the cards in it
/// and the window of its signed addresses are unchanged. Counts are not part of it; they are inserted on each read.
/// </summary>
public sealed class CachedPage
{
    /// <summary>The bytes before the counts: the collection, if it is in the page.</summary>
    public required byte[] Head { get; init; }
    public required bool HasCounts { get; init; }

    /// <summary>The collection that <see cref="Head"/> was rendered from, with the counts of that time; null if the page has no collection.</summary>
    public required Collection? Collection { get; init; }

    /// <summary>The bytes after the counts: the items, if they are in the page.</summary>
    public required ItemsPart Items { get; init; }

    /// <summary>Hash of all bytes without the counts.</summary>
    public required ulong Hash { get; init; }
    public required long Version { get; init; }
    public required bool IsPublic { get; init; }

    /// <summary>The card version of the activation that rendered the page; every activation has an object of its own.</summary>
    public required CardVersion Cards { get; init; }
    public required long CardsAsOf { get; init; }
    public required long Revision { get; init; }
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Until when a page with other users' gifs, which they can hide or show at any time, may be served. Null: no such gifs.</summary>
    public required DateTimeOffset? KeptUntil { get; init; }

    /// <summary>Reference bit of the clock eviction: set by readers, cleared as the clock hand passes.</summary>
    internal bool Used { get; set; } = true;

    /// <summary>Approximate size in bytes, with object overhead.</summary>
    public int Size => (HasCounts ? 2 * Head.Length : 0) + Items.Json.Length + 500;

    public string ETag(Counters counters) => ETags.Of(Version, HasCounts ? ETags.With(Hash, counters.Views, counters.Likes) : Hash);

    public FinishedPage Show(Counters counters) => Show(counters, Items.Json);

    /// <summary>The collection with the current counts.</summary>
    public Collection ShowCollection(Counters counters) => Collection! with { ViewCount = counters.Views, LikeCount = counters.Likes };

    /// <param name="counters">The current counts.</param>
    /// <param name="rest">Replaces <see cref="Items"/>.</param>
    public FinishedPage Show(Counters counters, ReadOnlyMemory<byte> rest) =>
        new(Head, ETag(counters), IsPublic, Rest: rest, Counts: HasCounts ? new ShownCounts(counters.Views, counters.Likes) : null);

    /// <summary>A not-modified answer, or null when the reader's copy differs or there is none.</summary>
    public FinishedPage? Unchanged(Counters counters, string? ifNoneMatch)
    {
        if (ifNoneMatch is null)
            return null;
        var etag = ETag(counters);
        return ETags.IfNoneMatch(ifNoneMatch, etag) ? new(default, etag, IsPublic, NotModified: true) : null;
    }
}

/// <summary>The end of a page, <c>},"items":…,"next":…}</c>.</summary>
/// <param name="NextOffset">Offset of the value of <c>next</c>, which pages of capped links replace.</param>
/// <param name="Last">Position in the next page's cursor; null when no item was shown.</param>
/// <param name="HasKept">Some item's gif belongs to another user, hidden or not.</param>
public sealed record ItemsPart(byte[] Json, int NextOffset, string? Last, bool HasMore, bool HasKept)
{
    /// <summary>The end of a page that has the collection only.</summary>
    public static ItemsPart None { get; } = new(PageWriter.CollectionEnd, 0, null, false, false);
}
