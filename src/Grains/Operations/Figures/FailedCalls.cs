using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>Calls that threw on this silo, by type of grain: a bug, or a store that is away. Refusals (<c>not_found</c>, …) are answers.</summary>
public sealed class FailedCalls : IDisposable
{
    private readonly Meter meter = new("GifShare.Grains");
    private readonly Counter<long> counter;
    private readonly ConcurrentDictionary<string, long> current = new(StringComparer.Ordinal);
    private readonly Queue<Dictionary<string, long>> minute = new();

    public FailedCalls() => counter = meter.CreateCounter<long>("gifshare.grain.errors", description: "Calls of grains that threw, by grain type.");

    public void Add(GrainId grain)
    {
        var type = grain.Type.ToString()!;
        counter.Add(1, new KeyValuePair<string, object?>("grain_type", type));
        current.AddOrUpdate(type, 1, static (_, count) => count + 1);
    }

    /// <summary>Ends an interval; called by the reporter alone. Those of the last minute, most first.</summary>
    public ImmutableArray<FailedCallsReport> Close(int intervalsPerMinute)
    {
        var last = new Dictionary<string, long>();
        foreach (var type in current.Keys)
            if (current.TryRemove(type, out var count))
                last[type] = count;
        minute.Enqueue(last);
        if (minute.Count > intervalsPerMinute)
            minute.Dequeue();
        return Summary.OfFailures(minute.SelectMany(static interval => interval).Select(static pair => new FailedCallsReport(pair.Key, pair.Value)));
    }

    public void Dispose() => meter.Dispose();
}
