using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// Which collection a share link's token belongs to. That never changes while the link lives, so it is remembered (bounded); whether the
/// link still opens anything is asked of the collection every time. Tokens become hashes here and go no further.
/// </summary>
public sealed class LinkDirectory(IGrainFactory grains)
{
    /// <summary>About 150 bytes each.</summary>
    private const int MaxKnown = 100_000;

    private readonly ConcurrentDictionary<string, CollectionId> known = new(StringComparer.Ordinal);

    /// <summary>Null: no such link. Guesses are not remembered, so they cannot push out what is used.</summary>
    public async Task<(CollectionId Collection, string TokenHash)?> Find(string token)
    {
        if (token.Length != 22 || !Base64Url.IsValid(token))
            return null;
        var hash = HashOf(token);
        if (known.TryGetValue(hash, out var collection))
            return (collection, hash);
        if (await grains.CollectionLists().FindByLink(hash) is not { } found)
            return null;
        if (known.Count >= MaxKnown)
            known.Clear();
        known[hash] = found;
        return (found, hash);
    }

    private static string HashOf(string token)
    {
        Span<byte> text = stackalloc byte[22];
        Encoding.ASCII.GetBytes(token, text);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(text, hash);
        return Convert.ToHexStringLower(hash);
    }
}
