using System.Collections.Immutable;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>Aggregates the reports of silos.</summary>
public static class Summary
{
    public static OperationsView Of(IEnumerable<SiloReport> reports, DateTimeOffset now)
    {
        ImmutableArray<SiloReport> silos = [.. reports.OrderBy(static report => report.Name, StringComparer.Ordinal)];
        return new(
            now,
            [
                // A stateless worker, or a grain that moved, may be hot on several silos.
                .. silos.SelectMany(static silo => silo.HotGrains).GroupBy(static hot => (hot.Type, hot.Key))
                    .Select(static group => new HotGrain(group.Key.Type, group.Key.Key, group.Sum(static hot => hot.CallsPerSecond)))
                    .OrderByDescending(static hot => hot.CallsPerSecond).Take(HotGrains.Shown),
            ],
            silos,
            OfFailures(silos.SelectMany(static silo => silo.Failures)));
    }

    /// <summary>Failures summed per grain type, most frequent first.</summary>
    public static ImmutableArray<FailedCallsReport> OfFailures(IEnumerable<FailedCallsReport> failures) =>
    [
        .. failures.GroupBy(static one => one.Type).Select(static group => new FailedCallsReport(group.Key, group.Sum(static one => one.Count)))
            .OrderByDescending(static one => one.Count).ThenBy(static one => one.Type, StringComparer.Ordinal),
    ];
}
