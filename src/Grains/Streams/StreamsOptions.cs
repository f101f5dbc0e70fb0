namespace GifShare.Grains.Streams;

/// <summary>Settings under <c>Streams</c>.</summary>
public sealed class StreamsOptions
{
    /// <summary>Queues in the silos' memory: fastest, and what was queued on a silo dies with it, which its events' listeners notice.</summary>
    public const string Memory = "memory";

    /// <summary>Queues in PostgreSQL: outlive their silo. Built on a pre-release of Orleans.</summary>
    public const string AdoNet = "adonet";

    /// <summary><see cref="Memory"/> or <see cref="AdoNet"/>; the same on all silos.</summary>
    public string Provider { get; set; } = Memory;

    /// <summary>How often a silo makes sure that its subscriptions still exist, in seconds. Eight short calls each time.</summary>
    public int CheckSeconds { get; set; } = 60;
}
