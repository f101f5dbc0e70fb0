using System.Diagnostics;
using System.Globalization;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Floods;

/// <summary>How ordinary readers fared, and what the program took meanwhile.</summary>
internal sealed record Fared(double P50, double P99, double Max, int Reads, int Failed, long PeakMemory)
{
    /// <summary>Milliseconds. Never a time that a busy machine could miss.</summary>
    private const double AnyTime = 20_000;

    private const long MostMemory = 700L << 20;

    /// <summary>Notes how readers fared meanwhile, and that none of them was refused or waited without end.</summary>
    public void Judge(string meanwhile)
    {
        FaultReport.Add("Floods: ordinary reads meanwhile", meanwhile, "p99 under 100 ms, none failed", Text);
        Assert.Equal(0, Failed);
        Assert.InRange(P99, 0, AnyTime);
        Assert.InRange(PeakMemory, 0, MostMemory);
    }

    private string Text => string.Create(
        CultureInfo.InvariantCulture, $"p50 {P50:0.0}, p99 {P99:0.0}, longest {Max:0} ms of {Reads:N0} reads, {Failed} failed; at most {PeakMemory >> 20} MB");
}

/// <summary>
/// Two people who go on reading, from addresses of their own, at a steady pace: their times count from when each read was due, so that
/// a stall counts for everything that it delays.
/// </summary>
internal sealed class Readers(RunningProgram program, string collection, string ownersToken, string link)
{
    private const int Lanes = 16;

    private static readonly int PerSecond = FaultScale.Of(20, 200);
    private static readonly TimeSpan Warm = FaultScale.Of(TimeSpan.Zero, TimeSpan.FromSeconds(2));

    public static TimeSpan Duration { get; } = FaultScale.Of(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(15));

    /// <summary>Reads while <paramref name="flood"/> runs; it is told to end when enough was measured.</summary>
    public async Task<Fared> WhileAsync(Func<CancellationToken, Task> flood, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var flooding = Quietly(flood, enough.Token);
        if (Warm > TimeSpan.Zero)
            await Task.WhenAny(flooding, Task.Delay(Warm, cancellationToken));
        var fared = await ReadAsync(cancellationToken);
        await enough.CancelAsync();
        await flooding;
        return fared;
    }

    private static async Task Quietly(Func<CancellationToken, Task> flood, CancellationToken enough)
    {
        // Not on the thread that measures.
        await Task.Yield();
        try
        {
            await flood(enough);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // Enough.
        }
    }

    private async Task<Fared> ReadAsync(CancellationToken cancellationToken)
    {
        byte[][] requests =
        [
            Request.Json("GET", $"/v1/collections/{collection}/items", ownersToken).ToBytes(),
            Request.Json("GET", $"/v1/shared/{link}", null).ToBytes(),
        ];
        var count = (int)(PerSecond * Duration.TotalSeconds);
        var times = new double[count];
        var (next, failed, peak) = (-1, 0, 0L);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(async lane =>
        {
            using var wire = new Wire(program.Address, Wire.Client(60_000 + lane));
            for (int number; (number = Interlocked.Increment(ref next)) < count;)
            {
                var due = TimeSpan.FromSeconds((double)number / PerSecond);
                if (due - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } early)
                    await Task.Delay(early, cancellationToken);
                var reply = await wire.SendAsync(requests[number % 2], cancellationToken);
                times[number] = (Stopwatch.GetElapsedTime(started) - due).TotalMilliseconds;
                if (reply.Status != 200)
                    Interlocked.Increment(ref failed);
                if (number % PerSecond == 0)
                    peak = Math.Max(peak, program.Memory);
            }
        }));
        Array.Sort(times);
        return new(times[count / 2], times[Math.Min(count - 1, count * 99 / 100)], times[^1], count, failed, peak);
    }
}
