using System.Buffers.Binary;

namespace GifShare.Streams;

/// <summary>
/// One event of a sharded stream. Events are hints, and the rows are the source of truth: an event may arrive more than once or, when a silo dies,
/// not at all. By <see cref="Sequence"/> subscribers detect duplicates and gaps.
/// </summary>
/// <param name="Publisher">
/// The silo that numbers the events, for its lifetime. (A cluster-wide sequence would need a single point that every silo asks before publishing,
/// and that could fail.) A subscriber that tracks the last number of each publisher detects every gap. A restarted silo has lost its last
/// number, so it is a new publisher.
/// </param>
/// <param name="Sequence">1, 2, 3 … per shard and publisher. An event that could not be sent has used its number.</param>
/// <param name="Value">The payload.</param>
[GenerateSerializer, Immutable, Alias("ShardEvent`1")]
public sealed record ShardEvent<T>([property: Id(0)] Guid Publisher, [property: Id(1)] long Sequence, [property: Id(2)] T Value);

/// <summary>Distributes a stream's events over a fixed number of shards by entity. Events of one shard stay in order.</summary>
public static class Shards
{
    /// <summary>The number of shards. All silos must agree on it, so a change requires stopping the whole cluster.</summary>
    public const int Count = 8;

    /// <summary>The shard of an entity, 0 to <see cref="Count"/> - 1, from the random last bytes of the UUIDv7; its first bytes are a time.</summary>
    public static int Of(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) % Count);
    }
}
