
using GifShare.Bench.Load;
using GifShare.Bench.Systems;

namespace GifShare.Bench.Rows;

/// <summary>The result of one system's turn at a row. <c>Notes</c> are figures specific to the row.</summary>
internal sealed record Sample(LoadResult Load, CpuUse CpuPerRequest, double ServerMegabytes)
{
    public Dictionary<string, double> Notes { get; init; } = [];
}

/// <summary>One benchmark case: the systems in their order, and how a turn of the given seconds is measured.</summary>
internal sealed record Row(string Name, string Title, string[] Systems, Func<Stage, BenchSystem, int, Sample> Measure)
{
    public bool Writes { get; init; }

    /// <summary>The fraction of the run's seconds per turn; rows with many cases take less than 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Fills caches before the first turn.</summary>
    public Action<Stage, BenchSystem>? Fill { get; init; }

    /// <summary>False where a warm-up would invalidate the row.</summary>
    public bool WarmsUp { get; init; } = true;

    /// <summary>Runs a load and measures its CPU and memory cost.</summary>
    public static Sample Costed(BenchSystem system, Func<LoadResult> run)
    {
        var before = system.Cpu();
        var load = run();
        return new(load, system.Cpu().Since(before).Per(Math.Max(1, load.Requests)), system.ServerMegabytes);
    }
}

/// <summary>All turns of a row, by system.</summary>
internal sealed class RowResult(Row row)
{
    public Row Row => row;

    public Dictionary<string, List<Sample>> Samples { get; } = [];

    public bool Has(string system) => Samples.ContainsKey(system);

    public double Rate(string system) => Median(system, sample => sample.Load.Rate);

    public double P50(string system) => Median(system, sample => sample.Load.P50);

    public double P99(string system) => Median(system, sample => sample.Load.P99);

    public double Cpu(string system) => Median(system, sample => sample.CpuPerRequest.Server);

    public double Note(string system, string name) => Samples[system].Sum(sample => sample.Notes.GetValueOrDefault(name));

    public double Median(string system, Func<Sample, double> of) => MedianOf(Samples[system].Select(of));

    /// <summary>
    /// The ratio of two systems: the median of the per-round ratios. The machine's speed varies between rounds, so a ratio of two medians would
    /// compare one system's fast round with the other's slow one.
    /// </summary>
    public double Ratio(string system, string other, Func<Sample, double> of) => MedianOf(Samples[system].Zip(Samples[other], (one, two) => of(one) / of(two)));

    public double Ratio(string system, string other) => Ratio(system, other, sample => sample.Load.Rate);

    private static double MedianOf(IEnumerable<double> numbers)
    {
        var values = numbers.Order().ToArray();
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    public (double Min, double Max) Spread(string system, Func<Sample, double> of) => (Samples[system].Min(of), Samples[system].Max(of));
}

/// <summary>Runs the systems through a row in alternating turns: a, b, c, d, a, b, c, d, …</summary>
internal static class Runner
{
    public static async Task<RowResult> RunAsync(Stage stage, Row row, Action<string> say)
    {
        var options = stage.Options;
        var result = new RowResult(row);
        var seconds = Math.Max(1, (int)Math.Round(options.Seconds * row.Share));
        var systems = row.Systems.Where(name => options.Takes(name)).ToArray();
        foreach (var name in systems)
        {
            result.Samples[name] = [];
            if (name is BenchSystem.Classic or BenchSystem.Product)
                row.Fill?.Invoke(stage, stage.Systems[name]);
            if (row.WarmsUp)
                row.Measure(stage, stage.Systems[name], options.WarmUpSeconds);
        }

        for (var round = 0; round < options.Rounds; round++)
            foreach (var name in systems)
            {
                var system = stage.Systems[name];
                if (row.Writes)
                    await stage.CheckpointAsync(system);
                if (row.WarmsUp)
                    row.Measure(stage, system, Options.TurnWarmUpSeconds);
                var sample = row.Measure(stage, system, seconds);
                result.Samples[name].Add(sample);
                var notes = string.Concat(sample.Notes.Select(note => $", {note.Key} {note.Value:0.##}"));
                say($"{row.Name} round {round + 1} {name}: {sample.Load.Rate:N0}/s, p99 {sample.Load.P99:0.00} ms, {sample.Load.Errors} errors, {sample.CpuPerRequest.Server:0.0} µs{notes}");
            }

        return result;
    }
}
