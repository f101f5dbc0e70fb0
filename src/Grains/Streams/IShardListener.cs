namespace GifShare.Grains.Streams;

/// <summary>
/// Receives the events of a sharded stream on its silo; registered in the silo's services. Both methods must only change memory and return,
/// because all listeners of the shard wait for them. For one shard they never run concurrently.
/// </summary>
public interface IShardListener<in T>
{
    /// <summary>A new event: in order for each shard and publisher, never twice. An exception is logged and counted, and the event is not delivered again.</summary>
    void OnEvent(int shard, T value);

    /// <summary>
    /// Events of this shard may have been missed: a sequence number is missing, the subscription was made (again), or a silo was lost. Read from
    /// rows again what was built from events; the rows are committed by the time of this call.
    /// </summary>
    void OnGap(int shard);
}
