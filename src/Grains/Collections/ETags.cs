using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace GifShare.Grains.Collections;

/// <summary>
/// Entity tags <c>"version.n"</c> (api.md, Versions). n is taken from the content itself, so equal bytes have equal tags on every silo and
/// after every restart, and different bytes never share one.
/// </summary>
public static class ETags
{
    /// <param name="rest">What follows the content, as its SHA-256; empty where nothing does.</param>
    public static string Of(long version, ReadOnlySpan<byte> content, ReadOnlySpan<byte> rest = default)
    {
        Span<byte> hashes = stackalloc byte[64];
        var hash = hashes[..32];
        SHA256.HashData(content, hash);
        if (!rest.IsEmpty)
        {
            rest.CopyTo(hashes[32..]);
            SHA256.HashData(hashes, hash);
        }

        return string.Create(CultureInfo.InvariantCulture, $"\"{version}.{BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11}\"");
    }

    /// <summary>If-Match compares the version alone; nothing sent, or <c>*</c>, matches.</summary>
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

    /// <summary>The same for a version that is a text of its own, as a share link's.</summary>
    public static bool IfMatch(string? header, string version) =>
        header is null || header.Split(',', StringSplitOptions.TrimEntries).Any(part => part == "*" || part == $"\"{version}\"");

    /// <summary>If-None-Match compares all of it; weak tags (which proxies make) compare as their strong ones.</summary>
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
