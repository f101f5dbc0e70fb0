using HdrHistogram;

namespace GifShare.Bench.Load;

/// <summary>A latency histogram (HdrHistogram): whole microseconds from 1 µs to an hour, three significant digits. Not thread-safe.</summary>
internal sealed class Latencies
{
    private static readonly long Highest = TimeSpan.FromHours(1).Ticks / TimeSpan.TicksPerMicrosecond;
    private readonly LongHistogram histogram = new(1, Highest, 3);

    public void Add(TimeSpan latency) => histogram.RecordValue(Math.Clamp(latency.Ticks / TimeSpan.TicksPerMicrosecond, 1, Highest));

    /// <summary>The percentile in milliseconds, for a share of 0 to 1; 0 without values.</summary>
    public double Milliseconds(double share) => histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(share * 100) / 1000.0;
}
