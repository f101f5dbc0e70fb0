using System.Buffers.Binary;

namespace GifShare.Streams;

/// <summary>
/// One event of a sharded stream. An event is a hint, and the rows are the truth: it may arrive more than once or, when a silo dies, not at all.
/// By <see cref="Sequence"/> a subscriber notices repeated and missing events.
/// </summary>
/// <param name="Publisher">
/// The silo that counts <see cref="Sequence"/>, from its start to its end. (A count for the whole cluster would need one place that all silos
/// ask before they publish, and that place could be lost.) A subscriber that remembers the last number of each publisher notices every gap. A
/// restarted silo does not know its last number, so it is a new publisher.
/// </param>
/// <param name="Sequence">1, 2, 3 … for each shard of each publisher. An event that could not be sent has used its number.</param>
/// <param name="Value">What happened.</param>
[GenerateSerializer, Immutable, Alias("ShardEvent`1")]
public sealed record ShardEvent<T>([property: Id(0)] Guid Publisher, [property: Id(1)] long Sequence, [property: Id(2)] T Value);

/// <summary>Spreads a stream's events over a fixed number of shards by the entity they belong to. Events of one shard stay in order.</summary>
public static class Shards
{
    /// <summary>The number of shards. All silos must agree on it, so changing it needs a stop of the whole cluster.</summary>
    public const int Count = 8;

    /// <summary>The shard of an entity, 0 to <see cref="Count"/> - 1. It is taken from the end of the UUIDv7, which is random; the beginning is a time.</summary>
    public static int Of(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) % Count);
    }
}
