using System.Buffers.Text;
using System.Collections.Concurrent;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// Maps a share link's token to its collection. The mapping is immutable, so it is cached (bounded); whether the
/// link is still valid is asked of the collection every time. Tokens are hashed here and go no further; the hash is cached too, since hashing would
/// cost a viral link a microsecond per view.
/// </summary>
public sealed class LinkDirectory(IGrainFactory grains)
{
    /// <summary>Entries per generation, about 250 bytes each. The cache has two generations: when the young one is full it replaces the old one.</summary>
    private const int MaxKnown = 100_000;

    private ConcurrentDictionary<string, LinkTarget> known = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, LinkTarget> before = new(StringComparer.Ordinal);

    private long remembered;

    /// <summary>Null: there is no such link. Misses are not cached, so that guessed tokens cannot evict valid ones.</summary>
    public ValueTask<LinkTarget?> Find(string token)
    {
        if (token.Length != 22 || !Base64Url.IsValid(token))
            return default;
        if (known.TryGetValue(token, out var target))
            return new(target);
        if (!before.TryGetValue(token, out target))
            return Ask(token, LinkTokens.HashOf(token));
        Remember(token, target);
        return new(target);
    }

    private async ValueTask<LinkTarget?> Ask(string token, string hash)
    {
        if (await grains.CollectionLists().FindByLink(hash) is not { } found)
            return null;
        var target = new LinkTarget(grains.Collection(found), hash);
        Remember(token, target);
        return target;
    }

    private void Remember(string token, LinkTarget target)
    {
        known[token] = target;
        if (Interlocked.Increment(ref remembered) % MaxKnown == 0)
            (before, known) = (known, new(StringComparer.Ordinal));
    }
}

/// <summary>The collection of a token. The grain reference is cached because creating one costs more than the call.</summary>
public sealed record LinkTarget(ICollectionGrain Collection, string TokenHash);
