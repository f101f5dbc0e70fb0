using System.Buffers.Text;
using System.Collections.Concurrent;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// Which collection a share link's token belongs to. That never changes while the link lives, so it is remembered (bounded); whether the
/// link still opens anything is asked of the collection every time. Tokens become hashes here and go no further (hashing each time would cost
/// a viral link a microsecond per view).
/// </summary>
public sealed class LinkDirectory(IGrainFactory grains)
{
    /// <summary>About 250 bytes each, and twice as many: those asked for since the last change of shifts, and those of the shift before.</summary>
    private const int MaxKnown = 100_000;

    private ConcurrentDictionary<string, LinkTarget> known = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, LinkTarget> before = new(StringComparer.Ordinal);

    private long remembered;

    /// <summary>Null: no such link. Guesses are not remembered, so they cannot push out what is used.</summary>
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

/// <summary>What a token leads to. The reference is kept because making one costs more than the call.</summary>
public sealed record LinkTarget(ICollectionGrain Collection, string TokenHash);
