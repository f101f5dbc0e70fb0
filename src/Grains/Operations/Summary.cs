using System.Collections.Immutable;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>Adds up what silos say.</summary>
public static class Summary
{
    private const double Minute = 60;

    /// <param name="activations">By grain class, as the management grain names it.</param>
    public static OperationsView Of(IEnumerable<SiloReport> reports, IReadOnlyDictionary<string, long> activations, DateTimeOffset now)
    {
        ImmutableArray<SiloReport> silos = [.. reports.OrderBy(static report => report.Name, StringComparer.Ordinal)];
        var called = silos.SelectMany(silo => silo.Types.Select(type => (silo.Interval, Type: type))).GroupBy(static pair => pair.Type.Type).Select(group => Add([.. group], activations)).ToList();
        var classes = silos.SelectMany(static silo => silo.Types).Select(static type => type.Class).ToHashSet();
        var idle = activations.Where(pair => !classes.Contains(pair.Key)).Select(static pair => Idle(pair.Key, pair.Value));
        return new(
            now,
            [.. called.Concat(idle).OrderByDescending(static type => type.CallsPerSecond).ThenByDescending(static type => type.Calls).ThenBy(static type => type.Type, StringComparer.Ordinal)],
            [
                // A stateless worker or a grain that moved may be hot on several silos.
                .. silos.SelectMany(static silo => silo.HotGrains).GroupBy(static hot => (hot.Type, hot.Key))
                    .Select(static group => new HotGrain(group.Key.Type, group.Key.Key, group.Sum(static hot => hot.CallsPerSecond)))
                    .OrderByDescending(static hot => hot.CallsPerSecond).Take(HotGrains.Shown),
            ],
            silos);
    }

    /// <summary>The sum of several series that end now; the shorter ones began later.</summary>
    public static ImmutableArray<long> Sum(IReadOnlyList<ImmutableArray<long>> all)
    {
        var sum = new long[all.Max(static one => one.Length)];
        foreach (var one in all)
            for (var i = 0; i < one.Length; i++)
                sum[sum.Length - one.Length + i] += one[i];
        return [.. sum];
    }

    private static GrainTypeView Add(IReadOnlyList<(TimeSpan Interval, GrainTypeReport Type)> all, IReadOnlyDictionary<string, long> activations)
    {
        var latencies = new long[LatencyBuckets.Count];
        foreach (var (_, one) in all)
            for (var i = 0; i < one.Latencies.Length; i++)
                latencies[i] += one.Latencies[i];
        var first = all[0].Type;
        return new(
            first.Type,
            activations.GetValueOrDefault(first.Class),
            all.Sum(static one => one.Type.Calls),
            all.Sum(static one => one.Type.Errors),
            all.Sum(static one => Last(one.Type.CallSeries, one.Interval) / Covered(one.Type.CallSeries, one.Interval)),
            all.Sum(static one => Last(one.Type.ErrorSeries, one.Interval)),
            LatencyBuckets.Quantile(latencies, 0.5),
            LatencyBuckets.Quantile(latencies, 0.95),
            LatencyBuckets.Quantile(latencies, 0.99),
            Sum([.. all.Select(static one => one.Type.CallSeries)]),
            Sum([.. all.Select(static one => one.Type.ErrorSeries)]));
    }

    private static int PerMinute(TimeSpan interval) => Math.Max(1, (int)(Minute / interval.TotalSeconds));

    private static long Last(ImmutableArray<long> series, TimeSpan interval) => series.AsSpan()[^Math.Min(series.Length, PerMinute(interval))..].ToArray().Sum();

    private static double Covered(ImmutableArray<long> series, TimeSpan interval) => Math.Max(1, Math.Min(series.Length, PerMinute(interval)) * interval.TotalSeconds);

    /// <summary>In memory, but not called on any silo that reports.</summary>
    private static GrainTypeView Idle(string className, long activations)
    {
        var name = className[(className.LastIndexOf('.') + 1)..];
        return new(name, activations, 0, 0, 0, 0, null, null, null, [], []);
    }
}
