using System.Collections.Immutable;

namespace GifShare.Operations;

/// <summary>Calls of one type of grain on one silo. Timers, management and other calls that are not the product's do not count.</summary>
/// <param name="Type">The grain type, such as <c>collection</c>.</param>
/// <param name="Class">The grain class by its full name, as activations are counted by.</param>
/// <param name="Calls">Since the silo's start.</param>
/// <param name="Errors">Of these, those that threw: a bug, or a store that is away. Refusals (<c>not_found</c>, …) are answers, not errors.</param>
/// <param name="Latencies">
/// Calls of the last minute by duration: element i counts those of bucket i of <see cref="LatencyBuckets"/>; trailing zeros are left out.
/// Under load they are estimated from a sample, so their sum is near the calls of that minute, not equal to it.
/// </param>
/// <param name="CallSeries">Calls per interval, oldest first, at most 60 intervals; the last one ended with this report.</param>
/// <param name="ErrorSeries">Errors, likewise.</param>
[GenerateSerializer, Immutable, Alias("GrainTypeReport")]
public sealed record GrainTypeReport(
    [property: Id(0)] string Type,
    [property: Id(1)] string Class,
    [property: Id(2)] long Calls,
    [property: Id(3)] long Errors,
    [property: Id(4)] ImmutableArray<long> Latencies,
    [property: Id(5)] ImmutableArray<long> CallSeries,
    [property: Id(6)] ImmutableArray<long> ErrorSeries);

/// <summary>A grain that got a large share of the calls of the last minute.</summary>
/// <param name="Type">The grain type.</param>
/// <param name="Key">Its key as text; a Guid has 32 digits.</param>
/// <param name="CallsPerSecond">At least; an estimate from a sample.</param>
[GenerateSerializer, Immutable, Alias("HotGrain")]
public sealed record HotGrain([property: Id(0)] string Type, [property: Id(1)] string Key, [property: Id(2)] double CallsPerSecond);

/// <summary>The process of a silo. Sizes in bytes.</summary>
/// <param name="Cpu">Cores in use, average of the last interval.</param>
/// <param name="Cores">Cores there are.</param>
/// <param name="ManagedHeap">Objects that the garbage collector manages, dead ones included.</param>
/// <param name="WorkingSet">Memory of the process that is resident.</param>
/// <param name="MemoryLimit">What the process may use: the container's limit, or the machine's memory.</param>
/// <param name="PauseShare">Share of the last minute in which the garbage collector had stopped everything, 0..1.</param>
/// <param name="PauseTotal">The same since the start.</param>
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

/// <summary>The finished pages that a silo keeps.</summary>
/// <param name="Bytes">In use.</param>
/// <param name="Limit">Setting <c>Collections:PageCacheBytes</c>.</param>
/// <param name="Hits">Reads since the start that found a current page.</param>
/// <param name="Misses">Those for which the page had to be made.</param>
[GenerateSerializer, Immutable, Alias("CacheReport")]
public sealed record CacheReport([property: Id(0)] long Bytes, [property: Id(1)] long Limit, [property: Id(2)] long Hits, [property: Id(3)] long Misses);

/// <summary>Work that waits its turn. At the limit callers get 503.</summary>
[GenerateSerializer, Immutable, Alias("QueueReport")]
public sealed record QueueReport([property: Id(0)] string Name, [property: Id(1)] int Waiting, [property: Id(2)] int Limit);

/// <summary>PostgreSQL as this silo sees it.</summary>
/// <param name="Reachable">The last ping came back.</param>
/// <param name="Ping">How long it took, a connection from the pool included. Zero when none came back.</param>
/// <param name="Size">Bytes of the database; zero when unknown yet.</param>
/// <param name="InUse">Connections of the pool that are at work now.</param>
/// <param name="PoolLimit">Setting <c>Postgres:MaxConnections</c>.</param>
[GenerateSerializer, Immutable, Alias("DatabaseReport")]
public sealed record DatabaseReport(
    [property: Id(0)] bool Reachable,
    [property: Id(1)] TimeSpan Ping,
    [property: Id(2)] long Size,
    [property: Id(3)] int InUse,
    [property: Id(4)] int PoolLimit);

/// <summary>The object store as this silo sees it.</summary>
/// <param name="Reachable">A look-up was answered.</param>
/// <param name="Free">Bytes that are free on its disk; null when it has no bounds that we know of.</param>
/// <param name="Total">Bytes of the disk.</param>
/// <param name="Reserve">With less than this free, uploads are refused.</param>
[GenerateSerializer, Immutable, Alias("StoreReport")]
public sealed record StoreReport(
    [property: Id(0)] bool Reachable,
    [property: Id(1)] long? Free,
    [property: Id(2)] long? Total,
    [property: Id(3)] long Reserve);

/// <summary>What a silo says about itself every <paramref name="Interval"/>.</summary>
/// <param name="Silo">New with each start of a silo.</param>
/// <param name="Name">The machine (in Kubernetes: the pod) and the process, for people.</param>
/// <param name="HotGrains">Those of this silo, hottest first, at most 20.</param>
[GenerateSerializer, Immutable, Alias("SiloReport")]
public sealed record SiloReport(
    [property: Id(0)] Guid Silo,
    [property: Id(1)] string Name,
    [property: Id(2)] string Version,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] TimeSpan Interval,
    [property: Id(5)] ImmutableArray<GrainTypeReport> Types,
    [property: Id(6)] ImmutableArray<HotGrain> HotGrains,
    [property: Id(7)] ProcessReport Process,
    [property: Id(8)] CacheReport Cache,
    [property: Id(9)] ImmutableArray<QueueReport> Queues,
    [property: Id(10)] DatabaseReport Database,
    [property: Id(11)] StoreReport Store);

/// <summary>One type of grain over all silos. Durations are of the last minute, null when there was no call.</summary>
/// <param name="Activations">In memory now.</param>
/// <param name="CallsPerSecond">Average of the last minute.</param>
/// <param name="RecentErrors">Of the last minute.</param>
[GenerateSerializer, Immutable, Alias("GrainTypeView")]
public sealed record GrainTypeView(
    [property: Id(0)] string Type,
    [property: Id(1)] long Activations,
    [property: Id(2)] long Calls,
    [property: Id(3)] long Errors,
    [property: Id(4)] double CallsPerSecond,
    [property: Id(5)] long RecentErrors,
    [property: Id(6)] TimeSpan? Median,
    [property: Id(7)] TimeSpan? P95,
    [property: Id(8)] TimeSpan? P99,
    [property: Id(9)] ImmutableArray<long> CallSeries,
    [property: Id(10)] ImmutableArray<long> ErrorSeries);

/// <param name="At">When this was put together.</param>
/// <param name="Types">Busiest first.</param>
/// <param name="HotGrains">Of all silos, hottest first, at most 20.</param>
/// <param name="Silos">By name.</param>
[GenerateSerializer, Immutable, Alias("OperationsView")]
public sealed record OperationsView(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] ImmutableArray<GrainTypeView> Types,
    [property: Id(2)] ImmutableArray<HotGrain> HotGrains,
    [property: Id(3)] ImmutableArray<SiloReport> Silos);
