namespace GifShare.Grains.Streams;

/// <summary>
/// Hears a sharded stream on its silo; registered in the silo's services. Both methods are called on a thread that all listeners of the
/// shard wait for: they change memory and return. For one shard they never run side by side.
/// </summary>
public interface IShardListener<in T>
{
    /// <summary>A new event; in order for each shard and publisher, never twice. What it throws is logged and counted, and the event is over.</summary>
    void OnEvent(int shard, T value);

    /// <summary>
    /// Events of this shard may have been missed: a sequence is missing, the subscription was made (again), or a silo was lost. What was
    /// built from events is to be read from rows again; by the time of this call the rows are there.
    /// </summary>
    void OnGap(int shard);
}
