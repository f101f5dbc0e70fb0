namespace GifShare.Bench.Load;

/// <summary>Latencies in buckets of at most 1.6 % width: 64 per power of two, from 1 µs. Not thread-safe.</summary>
internal sealed class Histogram
{
    private const int SubBits = 6, Sub = 1 << SubBits;
    private readonly long[] counts = new long[Sub * 32];

    public long Count { get; private set; }

    public void Add(TimeSpan latency)
    {
        var micros = (ulong)Math.Max(1, latency.Ticks / TimeSpan.TicksPerMicrosecond);
        var shift = Math.Max(0, 63 - System.Numerics.BitOperations.LeadingZeroCount(micros) - SubBits);
        var bucket = (shift << SubBits) + (int)(micros >> shift);
        counts[Math.Min(bucket, counts.Length - 1)]++;
        Count++;
    }

    /// <summary>Milliseconds that this share of all took at most; 0 when there is none.</summary>
    public double Milliseconds(double share)
    {
        var rank = (long)Math.Ceiling(Count * share);
        for (var i = 0; i < counts.Length && Count > 0; i++)
        {
            if ((rank -= counts[i]) <= 0)
                return Value(i) / 1000.0;
        }

        return 0;
    }

    private static double Value(int bucket)
    {
        // From the first doubling on a bucket's own number holds its highest bit.
        var shift = Math.Max(0, (bucket >> SubBits) - 1);
        return ((long)(bucket - (shift << SubBits)) + 1 << shift) - 0.5;
    }
}
