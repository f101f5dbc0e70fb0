using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>Counts calls that threw on this silo, by grain type: bugs and unavailable stores. Refusals (<c>not_found</c>, …) do not count.</summary>
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

    /// <summary>Ends an interval; called by the reporter only. Returns the last minute's failures, most frequent first.</summary>
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
