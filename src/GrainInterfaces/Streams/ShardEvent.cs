using System.Buffers.Binary;

namespace GifShare.Streams;

/// <summary>
/// One event of a sharded stream. It is a hint that arrives at least once or, when a silo dies, not at all; the rows are the truth.
/// <see cref="Sequence"/> tells a subscriber what it has had already and what it has missed.
/// </summary>
/// <param name="Publisher">
/// Who counts <see cref="Sequence"/>: one silo, from its start to its end. A count for the whole cluster would need one place that all silos
/// ask before they publish, and that place could be lost. A silo can count alone, and a subscriber that keeps the last number of each
/// publisher notices every gap. A restarted silo does not know how far it had come, so it is a new publisher.
/// </param>
/// <param name="Sequence">1, 2, 3 … for each shard of each publisher. An event that could not be sent has used its number.</param>
/// <param name="Value">What happened.</param>
[GenerateSerializer, Immutable, Alias("ShardEvent`1")]
public sealed record ShardEvent<T>([property: Id(0)] Guid Publisher, [property: Id(1)] long Sequence, [property: Id(2)] T Value);

/// <summary>A stream's events are spread over a fixed number of shards by the entity they belong to; order holds inside a shard.</summary>
public static class Shards
{
    /// <summary>Every silo must know the same number: changing it takes a stop of the whole cluster.</summary>
    public const int Count = 8;

    /// <summary>The shard of an entity, 0 to <see cref="Count"/> - 1. Taken from the random end of a UUIDv7; its beginning is a time.</summary>
    public static int Of(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) % Count);
    }
}
