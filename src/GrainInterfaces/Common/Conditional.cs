using System.Buffers;

namespace GifShare;

/// <summary>
/// Finished UTF-8 JSON with its entity tag <c>"version.n"</c> (api.md, Versions). <see cref="Body"/> is empty when
/// <see cref="NotModified"/>. The bytes are shared between readers and never change.
/// </summary>
/// <param name="Rest">Bytes that follow <paramref name="Body"/>: what stays when only the head changes is not copied for each head.</param>
/// <param name="Counts">Where set, these stand between the two: they change with every view, so they are in no finished bytes.</param>
[GenerateSerializer, Immutable, Alias("FinishedPage")]
public sealed record FinishedPage(
    [property: Id(0)] ReadOnlyMemory<byte> Body,
    [property: Id(1)] string ETag,
    [property: Id(2)] bool IsPublic,
    [property: Id(3)] bool NotModified = false,
    [property: Id(4)] ReadOnlyMemory<byte> Rest = default,
    [property: Id(5)] ShownCounts? Counts = null)
{
    /// <summary>Writes all of it.</summary>
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

    /// <summary>Bytes of all of it.</summary>
    public int Length
    {
        get
        {
            Span<byte> text = stackalloc byte[ShownCounts.MostBytes];
            return Body.Length + (Counts?.Format(text) ?? 0) + Rest.Length;
        }
    }
}

/// <summary>The counts of a collection as they stand in its page.</summary>
[GenerateSerializer, Immutable, Alias("ShownCounts")]
public readonly record struct ShownCounts([property: Id(0)] long Views, [property: Id(1)] long Likes)
{
    public const int MostBytes = 80;

    /// <summary>Two members of a JSON object.</summary>
    public int Format(Span<byte> text)
    {
        System.Text.Unicode.Utf8.TryWrite(text, System.Globalization.CultureInfo.InvariantCulture, $"\"viewCount\":{Views},\"likeCount\":{Likes}", out var length);
        return length;
    }
}

/// <summary>
/// The caller's <c>Idempotency-Key</c>, hashed with user, method and path, and the hash of the request. The grain that has the
/// effect stores both with the result in the effect's own transaction (api.md, Idempotency). Null where no key was sent.
/// </summary>
[GenerateSerializer, Immutable, Alias("IdempotencyTicket")]
public sealed record IdempotencyTicket(
    [property: Id(0)] UserId User,
    [property: Id(1)] string Scope,
    [property: Id(2)] string RequestHash);

/// <summary>Finished bytes that cross a grain boundary; never changed after they were handed over.</summary>
[GenerateSerializer, Immutable, Alias("ReadOnlyBytes")]
public sealed record ReadOnlyBytes([property: Id(0)] ReadOnlyMemory<byte> Bytes);
