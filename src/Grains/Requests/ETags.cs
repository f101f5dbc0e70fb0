using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace GifShare.Grains.Requests;

/// <summary>
/// Entity tags <c>"version.n"</c> (api.md, Versions). n is a hash of the content, so equal bytes have equal tags on every silo and after every
/// restart, and different bytes have different ones.
/// </summary>
public static class ETags
{
    public static string Of(long version, ulong hash) => string.Create(CultureInfo.InvariantCulture, $"\"{version}.{hash >> 11}\"");

    /// <summary>The hash of content together with the counts that are inserted into it, mixed by SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public static ulong With(ulong hash, long views, long likes) => Mix(Mix(hash + (ulong)views) + (ulong)likes);

    /// <param name="rest">The SHA-256 of the bytes that follow the content; empty where there are none.</param>
    public static ulong Hash(ReadOnlySpan<byte> content, ReadOnlySpan<byte> rest = default)
    {
        Span<byte> hashes = stackalloc byte[64];
        var hash = hashes[..32];
        SHA256.HashData(content, hash);
        if (!rest.IsEmpty)
        {
            rest.CopyTo(hashes[32..]);
            SHA256.HashData(hashes, hash);
        }

        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Whether an If-Match header allows an edit of this version: only the version is compared; no header, or <c>*</c>, matches.</summary>
    public static bool IfMatch(string? header, long version)
    {
        if (header is null)
            return true;
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "*")
                return true;
            var text = part.AsSpan().Trim('"');
            var dot = text.IndexOf('.');
            if (part.StartsWith('"') && long.TryParse(dot < 0 ? text : text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given == version)
                return true;
        }

        return false;
    }

    /// <summary>The same for a version that is a string, such as a share link's.</summary>
    public static bool IfMatch(string? header, string version) =>
        header is null || header.Split(',', StringSplitOptions.TrimEntries).Any(part => part == "*" || part == $"\"{version}\"");

    /// <summary>Whether an If-None-Match header has this tag; the whole tag is compared. Weak tags, which proxies create, match too.</summary>
    public static bool IfNoneMatch(string? header, string etag)
    {
        if (header is null)
            return false;
        if (header == etag || header == "*")
            return true;
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (part == etag || part.StartsWith("W/", StringComparison.Ordinal) && part.AsSpan(2).SequenceEqual(etag))
                return true;
        return false;
    }
}
