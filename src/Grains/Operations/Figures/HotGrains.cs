using System.Collections.Immutable;
using System.Diagnostics;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>
/// The busiest grains of the last 30 to 60 seconds, which neither Orleans' meters nor its Dashboard name. Two sketches rotate, so that old load
/// expires. Samples every call at low load and a random share at high load, weighted accordingly; a call that finds the lock taken is skipped
/// rather than delayed.
/// </summary>
public sealed class HotGrains
{
    public const int Shown = 20;
    private const int Counters = 64;

    /// <summary>More samples than this between two reads halve the sampling rate.</summary>
    private const int Budget = 8192;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private SpaceSaving<GrainId> current = new(Counters), previous = new(Counters);
    private long currentSince = Stopwatch.GetTimestamp(), previousSince;
    private int mask, taken;

    /// <summary>Counts a call of this grain.</summary>
    public void Add(GrainId grain)
    {
        var share = Volatile.Read(ref mask);
        if ((share != 0 && (Random.Shared.Next() & share) != 0) || !gate.TryEnter())
            return;
        try
        {
            current.Add(grain, share + 1);
            if (++taken < Budget)
                return;
            mask = Math.Min((share << 1) + 1, 0xFFFF);
            taken = 0;
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Hottest first. Grains whose lower bound is below its error are left out, so under even load nothing is hot.</summary>
    public ImmutableArray<HotGrain> Read()
    {
        Dictionary<GrainId, (long Least, long Error)> sums = [];
        double seconds;
        lock (gate)
        {
            if (Stopwatch.GetElapsedTime(currentSince) >= Turn)
            {
                (current, previous) = (previous, current);
                (previousSince, currentSince) = (currentSince, Stopwatch.GetTimestamp());
                current.Clear();
            }

            // Raise the sampling rate again after a quiet interval.
            mask = taken < Budget / 2 ? mask >> 1 : mask;
            taken = 0;
            seconds = Stopwatch.GetElapsedTime(previousSince == 0 ? currentSince : previousSince).TotalSeconds;
            foreach (var (key, least, error) in current.Entries().Concat(previous.Entries()))
            {
                var (sumLeast, sumError) = sums.GetValueOrDefault(key);
                sums[key] = (sumLeast + least, sumError + error);
            }
        }

        return
        [
            .. sums.Where(static entry => entry.Value.Least > entry.Value.Error)
                .OrderByDescending(static entry => entry.Value.Least).Take(Shown)
                .Select(entry => Describe(entry.Key, entry.Value.Least / Math.Max(1, seconds))),
        ];
    }

    private static HotGrain Describe(GrainId grain, double rate)
    {
        var text = grain.ToString();
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new(text, "", rate) : new(text[..slash], text[(slash + 1)..], rate);
    }
}
