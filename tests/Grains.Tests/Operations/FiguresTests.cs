using System.Collections.Immutable;
using GifShare.Grains.Operations;
using GifShare.Operations;

namespace GifShare.Grains.Tests.Operations;

/// <summary>The arithmetic of figures, without a silo.</summary>
public sealed class FiguresTests
{
    [Fact]
    public void Buckets_are_in_order_and_hold_what_they_say()
    {
        for (var bucket = 0; bucket < LatencyBuckets.Count; bucket++)
        {
            Assert.Equal(bucket, LatencyBuckets.Of(LatencyBuckets.Floor(bucket)));
            Assert.True(LatencyBuckets.Floor(bucket) < LatencyBuckets.Floor(bucket + 1));
        }

        Assert.Equal(0, LatencyBuckets.Of(TimeSpan.FromTicks(-5)));
        Assert.Equal(LatencyBuckets.Count - 1, LatencyBuckets.Of(TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Quantiles_are_an_eighth_off_at_most()
    {
        var random = new Random(7);
        var durations = Enumerable.Range(0, 10_000).Select(_ => Math.Exp(random.NextDouble() * 14)).Order().ToArray();
        var counts = new long[LatencyBuckets.Count];
        foreach (var microseconds in durations)
            counts[LatencyBuckets.Of(TimeSpan.FromMicroseconds(microseconds))]++;
        foreach (var share in (double[])[0.5, 0.95, 0.99, 1])
        {
            var exact = durations[(int)Math.Ceiling(durations.Length * share) - 1];
            var told = LatencyBuckets.Quantile(counts, share)!.Value.TotalMicroseconds;
            Assert.InRange(told, (exact * 0.875) - 1, (exact * 1.125) + 1);
        }

        Assert.Null(LatencyBuckets.Quantile([], 0.5));
        Assert.Null(LatencyBuckets.Quantile([0, 0], 0.5));
    }

    [Fact]
    public void The_few_that_are_hot_are_found_among_very_many_in_bounded_memory()
    {
        const int capacity = 64;
        var sketch = new SpaceSaving<int>(capacity);
        var random = new Random(11);
        var exact = new Dictionary<int, long>();
        for (var i = 0; i < 200_000; i++)
        {
            // Three keys get a tenth of the calls each, the rest goes to a hundred thousand others.
            var key = random.Next(10) is var one and < 3 ? one : random.Next(3, 100_003);
            exact[key] = exact.GetValueOrDefault(key) + 1;
            sketch.Add(key, 1);
        }

        Assert.Equal(capacity, sketch.Count);
        Assert.Equal(200_000, sketch.Total);
        var sure = sketch.Entries().Where(entry => entry.Least > entry.Error).ToDictionary(entry => entry.Key);
        Assert.Equal([0, 1, 2], sure.Keys.Order());
        foreach (var (key, least, error) in sketch.Entries())
            Assert.InRange(exact[key], least, least + error);
        sketch.Clear();
        Assert.Empty(sketch.Entries());
    }

    [Fact]
    public void Even_load_has_no_hot_key()
    {
        var sketch = new SpaceSaving<int>(64);
        for (var round = 0; round < 20; round++)
            for (var key = 0; key < 10_000; key++)
                sketch.Add(key, 1);
        Assert.DoesNotContain(sketch.Entries(), entry => entry.Least > entry.Error);
    }

    [Fact]
    public void Under_load_a_share_is_measured_and_stands_for_all()
    {
        const int calls = 1_000_000;
        var figures = new TypeFigures("collection", "X");
        var measured = 0;
        for (var i = 0; i < calls; i++)
        {
            if (figures.Begin() is var weight and > 0)
            {
                measured++;
                figures.Measured(TimeSpan.FromMicroseconds(100), weight);
            }
        }

        var report = figures.Close(12);
        Assert.Equal(calls, report.Calls);
        Assert.InRange(measured, 1_000, 100_000);
        Assert.InRange(report.Latencies.Sum(), calls * 0.8, calls * 1.2);
        Assert.Equal([calls], report.CallSeries);
    }

    [Fact]
    public void The_last_minute_forgets_what_came_before()
    {
        var figures = new TypeFigures("collection", "X");
        var slow = LatencyBuckets.Of(TimeSpan.FromSeconds(1));
        Call(TimeSpan.FromSeconds(1));
        figures.Failed();
        Assert.Equal(1, figures.Close(2).Latencies[slow]);
        Call(TimeSpan.FromMilliseconds(1));
        figures.Close(2);
        var report = figures.Close(2);
        Assert.Equal(1, report.Latencies.Sum());
        Assert.True(report.Latencies.Length <= slow);
        Assert.Equal((2, 1), (report.Calls, report.Errors));
        Assert.Equal([1, 1, 0], report.CallSeries);
        Assert.Equal([1, 0, 0], report.ErrorSeries);
        for (var i = 0; i < 100; i++)
            report = figures.Close(2);
        Assert.Equal(60, report.CallSeries.Length);

        void Call(TimeSpan duration) => figures.Measured(duration, figures.Begin());
    }

    [Fact]
    public void Silos_add_up()
    {
        var view = Summary.Of(
            [Report("b", Type("collection", [1, 2, 3], 60), Type("user", [1], 0)), Report("a", Type("collection", [10, 20], 20))],
            new Dictionary<string, long> { ["GifShare.collection"] = 7, ["GifShare.Grains.Gifs.GifGrain"] = 2 },
            DateTimeOffset.UnixEpoch);
        Assert.Equal(["a", "b"], view.Silos.Select(silo => silo.Name));
        Assert.Equal(["collection", "user", "GifGrain"], view.Types.Select(type => type.Type));
        var collections = view.Types[0];
        Assert.Equal((7, 80), (collections.Activations, collections.Calls));
        Assert.Equal([1, 12, 23], collections.CallSeries);
        // 6 calls in 15 s and 30 in 10 s.
        Assert.Equal((6 / 15.0) + 3, collections.CallsPerSecond, 3);
        Assert.Equal(2, view.Types[2].Activations);
        Assert.Equal([5, 3, 0], view.HotGrains.Select(hot => hot.CallsPerSecond));

        static GrainTypeReport Type(string name, ImmutableArray<long> calls, long total) => new(name, "GifShare." + name, total, 0, [0, 1], calls, []);
        static SiloReport Report(string name, params GrainTypeReport[] types) => OperationsGrainTests.Report(name) with
        {
            Types = [.. types],
            HotGrains = [new("collection", "x", 2.5), new("collection", name, name == "a" ? 3 : 0)],
        };
    }
}
