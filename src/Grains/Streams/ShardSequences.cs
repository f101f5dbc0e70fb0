namespace GifShare.Grains.Streams;

/// <summary>How an event relates to the earlier ones of the same publisher.</summary>
public enum Arrival
{
    /// <summary>The next event of the publisher.</summary>
    Next,

    /// <summary>A new event; at least one before it is missing.</summary>
    Gap,

    /// <summary>An event that arrived before, or was counted as missing.</summary>
    Duplicate,
}

/// <summary>
/// Tracks the last sequence number of each publisher on one shard. The number of publishers is bounded, since silos come and go. An evicted
/// publisher counts as new, and a new publisher whose first event is not number 1 is a gap: eviction costs one re-read of rows and loses
/// nothing. Not thread-safe.
/// </summary>
public sealed class ShardSequences(int publishers = 256)
{
    private readonly Dictionary<Guid, (long Sequence, long Heard)> last = [];
    private long heard;

    public Arrival Note(Guid publisher, long sequence)
    {
        var before = last.TryGetValue(publisher, out var known) ? known.Sequence : 0;
        if (sequence <= before)
            return Arrival.Duplicate;
        if (before == 0 && last.Count == publishers)
            last.Remove(last.MinBy(static entry => entry.Value.Heard).Key);
        last[publisher] = (sequence, ++heard);
        return sequence == before + 1 ? Arrival.Next : Arrival.Gap;
    }
}
