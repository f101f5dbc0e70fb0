using System.Collections.Immutable;
using System.Numerics;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>
/// Calls of one type of grain. All are counted; durations are taken of all while there are few and of a random share while there are
/// many, each sample then standing for several calls, so that a clock that costs as much as a call is not read for every one.
/// </summary>
public sealed class TypeFigures(string type, string className)
{
    public const int Intervals = 60;

    /// <summary>More measured calls than this in one interval halve the share.</summary>
    private const int Budget = 8192;

    private readonly StripedCounter calls = new();
    private readonly long[] buckets = new long[LatencyBuckets.Count];
    private readonly Series<long> callSeries = new(Intervals), errorSeries = new(Intervals);
    private readonly Queue<long[]> minutes = new();
    private long errors, callsBefore, errorsBefore;
    private int mask, measured;

    public string Type => type;
    public string Class => className;
    public long Calls => calls.Value;
    public long Errors => Interlocked.Read(ref errors);

    /// <summary>Counts a call. How many calls this one stands for when it is to be measured, else 0.</summary>
    public int Begin()
    {
        var number = (ulong)calls.Increment();
        var share = Volatile.Read(ref mask);
        if (share == 0)
            return 1;
        // A mix of the number, so that load with a rhythm of its own is sampled as well (the finalizer of MurmurHash3).
        number = (number ^ (number >> 33)) * 0xff51afd7ed558ccd;
        return ((number ^ (number >> 33)) & (uint)share) == 0 ? share + 1 : 0;
    }

    public void Measured(TimeSpan duration, int weight)
    {
        Interlocked.Add(ref buckets[LatencyBuckets.Of(duration)], weight);
        if (Interlocked.Increment(ref measured) == Budget)
        {
            Volatile.Write(ref mask, (weight << 1) - 1);
            Volatile.Write(ref measured, 0);
        }
    }

    public void Failed() => Interlocked.Increment(ref errors);

    /// <summary>Ends an interval. One caller at a time.</summary>
    public GrainTypeReport Close(int intervalsPerMinute)
    {
        var (callsNow, errorsNow) = (Calls, Errors);
        var share = Math.Max(1, (callsNow - callsBefore) / (Budget / 2));
        Volatile.Write(ref mask, (int)Math.Min(1 << 16, BitOperations.RoundUpToPowerOf2((ulong)share)) - 1);
        Volatile.Write(ref measured, 0);

        callSeries.Add(callsNow - callsBefore);
        errorSeries.Add(errorsNow - errorsBefore);
        (callsBefore, errorsBefore) = (callsNow, errorsNow);

        var now = new long[buckets.Length];
        for (var i = 0; i < now.Length; i++)
            now[i] = Interlocked.Read(ref buckets[i]);
        minutes.Enqueue(now);
        var then = minutes.Count > intervalsPerMinute ? minutes.Dequeue() : [];
        return new(type, className, callsNow, errorsNow, Since(then, now), callSeries.Values, errorSeries.Values);
    }

    private static ImmutableArray<long> Since(long[] then, long[] now)
    {
        var last = now.Length - 1;
        while (last >= 0 && now[last] == (then.Length == 0 ? 0 : then[last]))
            last--;
        var counts = ImmutableArray.CreateBuilder<long>(last + 1);
        for (var i = 0; i <= last; i++)
            counts.Add(now[i] - (then.Length == 0 ? 0 : then[i]));
        return counts.MoveToImmutable();
    }
}

/// <summary>The last so many values, oldest first.</summary>
public sealed class Series<T>(int length)
{
    private readonly Queue<T> values = new(length);

    public void Add(T value)
    {
        if (values.Count == length)
            values.Dequeue();
        values.Enqueue(value);
    }

    public ImmutableArray<T> Values => [.. values];
}
