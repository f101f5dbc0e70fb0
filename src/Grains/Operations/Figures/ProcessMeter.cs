using System.Collections.Immutable;
using System.Diagnostics;
using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>Measures this process: CPU, memory, garbage collection. Not concurrent.</summary>
public sealed class ProcessMeter
{
    private const int Intervals = 60;
    private readonly Series<long> heaps = new(Intervals);
    private readonly Series<double> cpus = new(Intervals);
    private readonly Queue<(long At, TimeSpan Paused)> minute = new();
    private TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
    private long before = Stopwatch.GetTimestamp();

    public ProcessReport Close(int intervalsPerMinute)
    {
        var (now, cpuNow, paused) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalPauseDuration());
        var cpu = (cpuNow - cpuBefore) / Stopwatch.GetElapsedTime(before, now);
        (before, cpuBefore) = (now, cpuNow);
        var heap = GC.GetTotalMemory(forceFullCollection: false);
        heaps.Add(heap);
        cpus.Add(cpu);
        minute.Enqueue((now, paused));
        var then = minute.Count > intervalsPerMinute ? minute.Dequeue() : minute.Peek();
        var share = then.At == now ? 0 : (paused - then.Paused) / Stopwatch.GetElapsedTime(then.At, now);
        return new(
            cpu, Environment.ProcessorCount, heap, Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            share, paused, heaps.Values, cpus.Values);
    }
}

/// <summary>The latest <paramref name="length"/> values, oldest first.</summary>
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
