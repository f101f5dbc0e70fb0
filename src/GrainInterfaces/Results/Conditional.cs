using System.Buffers;

namespace GifShare;

/// <summary>
/// Rendered UTF-8 JSON with its entity tag <c>"version.n"</c> (api.md, Versions). <see cref="Body"/> is empty when
/// <see cref="NotModified"/>. The bytes are immutable and shared between readers.
/// </summary>
/// <param name="Rest">Bytes after <paramref name="Body"/>, separate so that they need not be copied when only the body changes.</param>
/// <param name="Counts">If set, written between the two: counts change with every view, so they are not part of the cached bytes.</param>
[GenerateSerializer, Immutable, Alias("FinishedPage")]
public sealed record FinishedPage(
    [property: Id(0)] ReadOnlyMemory<byte> Body,
    [property: Id(1)] string ETag,
    [property: Id(2)] bool IsPublic,
    [property: Id(3)] bool NotModified = false,
    [property: Id(4)] ReadOnlyMemory<byte> Rest = default,
    [property: Id(5)] ShownCounts? Counts = null)
{
    /// <summary>Writes body, counts and rest.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        writer.Write(Body.Span);
        if (Counts is { } counts)
        {
            Span<byte> text = stackalloc byte[ShownCounts.MostBytes];
            writer.Write(text[..counts.Format(text)]);
        }

        writer.Write(Rest.Span);
    }

    /// <summary>The length in bytes of body, counts and rest.</summary>
    public int Length
    {
        get
        {
            Span<byte> text = stackalloc byte[ShownCounts.MostBytes];
            return Body.Length + (Counts?.Format(text) ?? 0) + Rest.Length;
        }
    }
}

/// <summary>The view and like counts in the page of a collection.</summary>
[GenerateSerializer, Immutable, Alias("ShownCounts")]
public readonly record struct ShownCounts([property: Id(0)] long Views, [property: Id(1)] long Likes)
{
    public const int MostBytes = 80;

    /// <summary>Writes the counts as two members of a JSON object; returns the number of bytes.</summary>
    public int Format(Span<byte> text)
    {
        System.Text.Unicode.Utf8.TryWrite(text, System.Globalization.CultureInfo.InvariantCulture, $"\"viewCount\":{Views},\"likeCount\":{Likes}", out var length);
        return length;
    }
}

/// <summary>Immutable bytes that cross a grain boundary.</summary>
[GenerateSerializer, Immutable, Alias("ReadOnlyBytes")]
public sealed record ReadOnlyBytes([property: Id(0)] ReadOnlyMemory<byte> Bytes);
