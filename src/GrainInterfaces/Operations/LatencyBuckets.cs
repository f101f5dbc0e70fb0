using System.Numerics;

namespace GifShare.Operations;

/// <summary>
/// Buckets for durations from one microsecond to over a minute: four to an octave, so that a quantile is off by an eighth of its
/// value at most. Bucket counts of several silos are added up, which averages of quantiles could not be.
/// </summary>
public static class LatencyBuckets
{
    private const int PerOctave = 4, Bits = 2;

    /// <summary>Bucket 0 holds what is below 1 µs (below 4 of them each has one microsecond), the last one all that takes longer.</summary>
    public const int Count = 108;

    public static int Of(TimeSpan duration) => OfMicroseconds(duration.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>0, 1, 2, 3, then four of equal width for each power of two.</summary>
    public static int OfMicroseconds(long microseconds)
    {
        if (microseconds < PerOctave)
            return (int)Math.Max(0, microseconds);
        var octave = BitOperations.Log2((ulong)microseconds);
        var within = (int)(microseconds >> (octave - Bits)) & (PerOctave - 1);
        return Math.Min(Count - 1, ((octave - Bits + 1) * PerOctave) + within);
    }

    /// <summary>The least duration of a bucket.</summary>
    public static TimeSpan Floor(int bucket)
    {
        if (bucket < PerOctave)
            return TimeSpan.FromMicroseconds(bucket);
        var (octave, within) = ((bucket / PerOctave) + Bits - 1, bucket % PerOctave);
        return TimeSpan.FromMicroseconds((long)(PerOctave + within) << (octave - Bits));
    }

    /// <summary>The middle of the bucket in which the <paramref name="share"/> of the calls ends; null without calls.</summary>
    public static TimeSpan? Quantile(ReadOnlySpan<long> counts, double share)
    {
        long total = 0;
        foreach (var count in counts)
            total += count;
        if (total == 0)
            return null;
        var wanted = (long)Math.Ceiling(total * share);
        var bucket = 0;
        for (long seen = counts[0]; seen < wanted; seen += counts[bucket])
            bucket++;
        return (Floor(bucket) + Floor(bucket + 1)) / 2;
    }
}
