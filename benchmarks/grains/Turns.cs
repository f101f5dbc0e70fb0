using System.Diagnostics;

namespace GifShare.Bench.Grains;

/// <summary>
/// Closed-loop calls. Two variants are compared in alternating turns of a fraction of a second, so that other load on the machine affects both
/// equally; CPU time is that of this process alone.
/// </summary>
static class Turns
{
    /// <summary>Calls per second of wall-clock time, and per second of one core.</summary>
    public static async Task<(double Clock, double Core)> Rate(int callers, double seconds, Func<int, Task<int>> call)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var stop = started + (long)(seconds * Stopwatch.Frequency);
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var done = 0;
            for (var next = caller * 7919; Stopwatch.GetTimestamp() < stop;)
                for (var i = 0; i < 64; i++, done++)
                    await call(next++ & int.MaxValue);
            return done;
        })));
        return (counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds, counts.Sum() / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    /// <summary>Prints the CPU time per call of both variants: the best of all turns, and the median of the pairs.</summary>
    /// <param name="before">Called with the number of each pair, starting at -4; negative pairs are warm-up.</param>
    public static async Task Compare(
        string what, int callers, int pairs, double seconds, Func<int, Task<int>> plain, Func<int, Task<int>> other, Action<int>? before = null)
    {
        var (bestPlain, bestOther) = (0.0, 0.0);
        var ratios = new List<double>();
        for (var pair = -4; pair < pairs; pair++)
        {
            before?.Invoke(pair);
            // The order alternates from pair to pair.
            var first = pair % 2 == 0 ? (await Rate(callers, seconds, plain)).Core : 0;
            var second = (await Rate(callers, seconds, other)).Core;
            if (first == 0)
                first = (await Rate(callers, seconds, plain)).Core;
            if (pair < 0)
                continue;
            (bestPlain, bestOther) = (Math.Max(bestPlain, first), Math.Max(bestOther, second));
            ratios.Add(first / second);
        }

        ratios.Sort();
        Console.WriteLine($"{what,-48} {1e9 / bestPlain,6:0} ns of a core a call without, {1e9 / bestOther,6:0} with: {(bestPlain / bestOther) - 1:+0.0%;-0.0%}; median of {pairs} pairs {ratios[pairs / 2] - 1:+0.0%;-0.0%}");
    }

    public static string Callers(int callers) => callers == 1 ? "1 caller" : $"{callers} callers";
}
