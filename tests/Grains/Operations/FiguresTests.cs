using GifShare.Grains.Operations;
using GifShare.Operations;

namespace GifShare.Grains.Tests.Operations;

/// <summary>The arithmetic of figures, without a silo.</summary>
public sealed class FiguresTests
{
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
    public void Under_load_a_share_of_the_calls_stands_for_all()
    {
        var figures = new HotGrains();
        var (hot, others) = (GrainId.Create("collection", "hot"), Enumerable.Range(0, 1_000).Select(i => GrainId.Create("user", $"{i}")).ToArray());
        for (var i = 0; i < 1_000_000; i++)
            figures.Add(i % 4 == 0 ? hot : others[i % others.Length]);
        var told = Assert.Single(figures.Read());
        Assert.Equal(("collection", "hot"), (told.Type, told.Key));
        // Of a quarter of a million: within the first second the rate is the count.
        Assert.InRange(told.CallsPerSecond, 50_000, 300_000);
    }

    [Fact]
    public void The_last_minute_forgets_failures_that_came_before()
    {
        using var failures = new FailedCalls();
        failures.Add(GrainId.Create("user", "1"));
        failures.Add(GrainId.Create("user", "2"));
        Assert.Equal([new("user", 2)], failures.Close(2));
        failures.Add(GrainId.Create("collection", "1"));
        Assert.Equal([new("user", 2), new("collection", 1)], failures.Close(2));
        Assert.Equal([new("collection", 1)], failures.Close(2));
        Assert.Empty(failures.Close(2));
    }

    [Fact]
    public void Silos_add_up()
    {
        var view = Summary.Of([Report("b", new("collection", 1), new("user", 5)), Report("a", new FailedCallsReport("collection", 7))], DateTimeOffset.UnixEpoch);
        Assert.Equal(["a", "b"], view.Silos.Select(silo => silo.Name));
        Assert.Equal([new("collection", 8), new("user", 5)], view.Failures);
        Assert.Equal([5, 3, 0], view.HotGrains.Select(hot => hot.CallsPerSecond));

        static SiloReport Report(string name, params FailedCallsReport[] failures) => OperationsGrainTests.Report(name) with
        {
            Failures = [.. failures],
            HotGrains = [new("collection", "x", 2.5), new("collection", name, name == "a" ? 3 : 0)],
        };
    }
}
