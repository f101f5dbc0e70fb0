namespace GifShare.Grains.Streams;

/// <summary>Settings under <c>Streams</c>.</summary>
public sealed class StreamsOptions
{
    /// <summary>Queues in the silos' memory: the fastest. Events that were queued on a silo die with it, which listeners are told (<see cref="IShardListener{T}.OnGap"/>).</summary>
    public const string Memory = "memory";

    /// <summary>Queues in PostgreSQL, which outlive their silo. The package is a pre-release of Orleans.</summary>
    public const string AdoNet = "adonet";

    /// <summary><see cref="Memory"/> or <see cref="AdoNet"/>; the same on all silos.</summary>
    public string Provider { get; set; } = Memory;

    /// <summary>How often a silo makes sure that its subscriptions still exist, in seconds. Each time costs eight short calls.</summary>
    public int CheckSeconds { get; set; } = 60;
}
