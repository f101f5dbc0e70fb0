using System.Collections.Immutable;

namespace GifShare.Operations;

/// <summary>Calls of one grain type that threw in the last minute: bugs, unavailable stores. Refusals (<c>not_found</c>, …) do not count.</summary>
/// <param name="Type">The grain type, such as <c>collection</c>.</param>
[GenerateSerializer, Immutable, Alias("FailedCallsReport")]
public sealed record FailedCallsReport([property: Id(0)] string Type, [property: Id(1)] long Count);

/// <summary>A grain with a large share of the last minute's calls.</summary>
/// <param name="Type">The grain type.</param>
/// <param name="Key">The grain's key as text; a Guid has 32 digits.</param>
/// <param name="CallsPerSecond">A lower bound, estimated from a sample.</param>
[GenerateSerializer, Immutable, Alias("HotGrain")]
public sealed record HotGrain([property: Id(0)] string Type, [property: Id(1)] string Key, [property: Id(2)] double CallsPerSecond);

/// <summary>A silo's process. Sizes in bytes.</summary>
/// <param name="Cpu">Cores in use, average of the last interval.</param>
/// <param name="Cores">Cores that the process may use.</param>
/// <param name="ManagedHeap">Size of the garbage-collected heap, dead objects included.</param>
/// <param name="WorkingSet">Resident memory of the process.</param>
/// <param name="MemoryLimit">The container's memory limit, or the machine's memory.</param>
/// <param name="PauseShare">Share of the last minute that the garbage collector paused the process, 0..1.</param>
/// <param name="PauseTotal">Total of such pauses since the start.</param>
/// <param name="HeapSeries">Managed heap at the end of each interval, oldest first, at most 60.</param>
/// <param name="CpuSeries">Cores in use in each interval, oldest first, at most 60.</param>
[GenerateSerializer, Immutable, Alias("ProcessReport")]
public sealed record ProcessReport(
    [property: Id(0)] double Cpu,
    [property: Id(1)] int Cores,
    [property: Id(2)] long ManagedHeap,
    [property: Id(3)] long WorkingSet,
    [property: Id(4)] long MemoryLimit,
    [property: Id(5)] double PauseShare,
    [property: Id(6)] TimeSpan PauseTotal,
    [property: Id(7)] ImmutableArray<long> HeapSeries,
    [property: Id(8)] ImmutableArray<double> CpuSeries);

/// <summary>One silo's page cache.</summary>
/// <param name="Bytes">Bytes in use.</param>
/// <param name="Limit">Setting <c>Collections:PageCacheBytes</c>.</param>
/// <param name="Hits">Reads since the start that found a current page.</param>
/// <param name="Misses">Reads since the start for which the page had to be rendered.</param>
[GenerateSerializer, Immutable, Alias("CacheReport")]
public sealed record CacheReport([property: Id(0)] long Bytes, [property: Id(1)] long Limit, [property: Id(2)] long Hits, [property: Id(3)] long Misses);

/// <summary>A bounded queue: its length, and the limit at which callers get 503.</summary>
[GenerateSerializer, Immutable, Alias("QueueReport")]
public sealed record QueueReport([property: Id(0)] string Name, [property: Id(1)] int Waiting, [property: Id(2)] int Limit);

/// <summary>PostgreSQL as this silo sees it.</summary>
/// <param name="Reachable">The last ping was answered.</param>
/// <param name="Ping">Round-trip time of the ping, including the wait for a pooled connection. Zero when unanswered.</param>
/// <param name="Size">Size of the database in bytes; zero until known.</param>
/// <param name="InUse">Connections of the pool in use now.</param>
/// <param name="PoolLimit">Setting <c>Postgres:MaxConnections</c>.</param>
[GenerateSerializer, Immutable, Alias("DatabaseReport")]
public sealed record DatabaseReport(
    [property: Id(0)] bool Reachable,
    [property: Id(1)] TimeSpan Ping,
    [property: Id(2)] long Size,
    [property: Id(3)] int InUse,
    [property: Id(4)] int PoolLimit);

/// <summary>The object store as this silo sees it.</summary>
/// <param name="Reachable">The last look-up was answered.</param>
/// <param name="Free">Free bytes of its disk; null when the store has no disk of known size.</param>
/// <param name="Total">Bytes of the disk.</param>
/// <param name="Reserve">Bytes that must stay free: below it, uploads are refused.</param>
[GenerateSerializer, Immutable, Alias("StoreReport")]
public sealed record StoreReport(
    [property: Id(0)] bool Reachable,
    [property: Id(1)] long? Free,
    [property: Id(2)] long? Total,
    [property: Id(3)] long Reserve);

/// <summary>The report of one silo, sent every <paramref name="Interval"/>.</summary>
/// <param name="Silo">Identifies the silo; new at each start.</param>
/// <param name="Name">The machine (in Kubernetes: the pod) and the process, for display.</param>
/// <param name="HotGrains">This silo's, hottest first, at most 20.</param>
/// <param name="Failures">One per grain type that had any.</param>
[GenerateSerializer, Immutable, Alias("SiloReport")]
public sealed record SiloReport(
    [property: Id(0)] Guid Silo,
    [property: Id(1)] string Name,
    [property: Id(2)] string Version,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] TimeSpan Interval,
    [property: Id(6)] ImmutableArray<HotGrain> HotGrains,
    [property: Id(7)] ProcessReport Process,
    [property: Id(8)] CacheReport Cache,
    [property: Id(9)] ImmutableArray<QueueReport> Queues,
    [property: Id(10)] DatabaseReport Database,
    [property: Id(11)] StoreReport Store,
    [property: Id(12)] ImmutableArray<FailedCallsReport> Failures);

/// <param name="At">The time of this view.</param>
/// <param name="HotGrains">Of all silos, hottest first, at most 20.</param>
/// <param name="Silos">Ordered by name.</param>
/// <param name="Failures">Of all silos, most frequent first.</param>
[GenerateSerializer, Immutable, Alias("OperationsView")]
public sealed record OperationsView(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(2)] ImmutableArray<HotGrain> HotGrains,
    [property: Id(3)] ImmutableArray<SiloReport> Silos,
    [property: Id(4)] ImmutableArray<FailedCallsReport> Failures);
