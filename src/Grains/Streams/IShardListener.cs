namespace GifShare.Grains.Streams;

/// <summary>
/// Receives the events of a sharded stream on its silo; registered in the silo's services. Both methods must only update memory and return,
/// because they delay the other listeners of the shard. Calls for one shard are never concurrent.
/// </summary>
public interface IShardListener<in T>
{
    /// <summary>A new event: in order per shard and publisher, never twice. An exception is logged and counted, without redelivery.</summary>
    void OnEvent(int shard, T value);

    /// <summary>
    /// Events of this shard may be missing: a sequence number was skipped, the subscription is new, or a silo was lost. Re-read from rows
    /// whatever was built from events; the rows are committed by the time of this call.
    /// </summary>
    void OnGap(int shard);
}
