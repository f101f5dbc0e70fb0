namespace GifShare.Grains.Streams;

/// <summary>Settings under <c>Streams</c>.</summary>
public sealed class StreamsOptions
{
    /// <summary>Queues in the silos' memory: fastest. A lost silo's queued events are lost (<see cref="IShardListener{T}.OnGap"/>).</summary>
    public const string Memory = "memory";

    /// <summary>Queues in PostgreSQL, which survive a silo. A pre-release package of Orleans.</summary>
    public const string AdoNet = "adonet";

    /// <summary><see cref="Memory"/> or <see cref="AdoNet"/>; the same on all silos.</summary>
    public string Provider { get; set; } = Memory;

    /// <summary>How often a silo checks that its subscriptions exist, in seconds. Each check costs eight short calls.</summary>
    public int CheckSeconds { get; set; } = 60;
}
