namespace GifShare.Grains.Collections;

/// <summary>A counter that many threads increment without contention for a cache line: one cell per processor.</summary>
public sealed class StripedCounter
{
    /// <summary>Longs between cells: two cache lines, because processors prefetch lines in pairs.</summary>
    private const int Spacing = 16;

    private static readonly int Stripes = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 64));
    private readonly long[] cells = new long[(Stripes + 1) * Spacing];

    public long Value
    {
        get
        {
            long sum = 0;
            for (var i = 1; i <= Stripes; i++)
                sum += Volatile.Read(ref cells[i * Spacing]);
            return sum;
        }
    }

    /// <returns>The new value of the cell: a number that differs from call to call, not the counter's value.</returns>
    public long Increment() => Interlocked.Increment(ref cells[((Thread.GetCurrentProcessorId() & (Stripes - 1)) + 1) * Spacing]);
}
