using System.Diagnostics;
using GifShare.Bench.Load;
using GifShare.Bench.Systems;

namespace GifShare.Bench.Rows;

/// <summary>How cost grows with the number of collections and with the number of items in one.</summary>
internal static class Growth
{
    private const double Share = 0.5;
    private const int SerialAdds = 100, WarmUps = 5_000;

    public static int[] Numbers(bool isShort) => isShort ? [1_000, 10_000] : [1_000, 10_000, 100_000];

    public static string ReadsOf(int collections) => $"growth {collections} collections, reads";

    public static string AddsTo(int collections) => $"growth {collections} collections, adds";

    public static string ReadsOfSize(int items) => $"growth {items} items, reads";

    public static string AddsToSize(int items) => $"growth {items} items, adds";

    public static string ColdOfSize(int items) => $"growth {items} items, cold";

    public static IEnumerable<Row> All(Options options)
    {
        var range = World.ByNumber(options.Short);
        foreach (var count in Numbers(options.Short))
        {
            yield return new(ReadsOf(count), $"Reads of {count:N0} collections of 10 items, uniformly", [BenchSystem.Classic, BenchSystem.Product],
                (stage, system, seconds) => Reads.Uniform(stage, system, seconds, range.First, count))

            {
                Share = Share,
                Fill = (_, system) => Reads.ReadEach(system, range.First, count),
            };
            yield return new(AddsTo(count), $"Adds to {count:N0} collections of 10 items", [BenchSystem.Classic, BenchSystem.Product],
                (stage, system, seconds) => Row.Costed(system, () => Writes.AddToFilled(stage, system, seconds, range, count)))
            { Share = Share, Writes = true };
        }

        foreach (var size in World.BySize)
        {
            yield return new(ReadsOfSize(size.Items), $"One link, {size.Items:N0} items", [BenchSystem.Classic, BenchSystem.Product],
                (stage, system, seconds) => Row.Costed(system, () => Wrk.Run(stage.Folder, system.Port, seconds, $"/v1/shared/{World.Token(size.First)}")))
            { Share = Share };
            yield return new(AddsToSize(size.Items), $"Adds to a collection of {size.Items:N0} items, one connection", [BenchSystem.Classic, BenchSystem.Product],
                (stage, system, _) => AddOneByOne(stage, system, size))
            { Writes = true, WarmsUp = false };
        }
    }

    /// <summary>Cold reads. Run them on a product that has just started.</summary>
    public static IEnumerable<Row> Cold(Options options)
    {
        if (options.Wants("cold"))
            yield return new("cold", "Cold read (not activated), one connection", [BenchSystem.PlainSql, BenchSystem.Product],
                (stage, system, _) => ReadOnce(system, World.Many.First + (int)stage.Take("cold", system, 300), 300))
            { WarmsUp = false };
        if (options.Wants("growth"))
            foreach (var size in World.BySize)
                yield return new(ColdOfSize(size.Items), $"Cold read of a collection of {size.Items:N0} items", [BenchSystem.PlainSql, BenchSystem.Product],
                    (stage, system, _) => ReadOnce(system, size.First + 1 + (int)stage.Take($"cold {size.Items}", system, 1) % (size.Count - 1), 1))
                { WarmsUp = false };
    }

    /// <summary>
    /// Reads collections outside of the cold rows, so that the code itself is warm: the JIT compiler recompiles in the background during the first
    /// few thousand reads.
    /// </summary>
    public static void WarmUpCold(Stage stage)
    {
        foreach (var name in new[] { BenchSystem.PlainSql, BenchSystem.Product })
            ReadOnce(stage.Systems[name], World.Many.First + World.Many.Count - WarmUps, WarmUps);
    }

    private static Sample ReadOnce(BenchSystem system, int first, int count)
    {
        using var wire = new Wire(system.Port);
        return Serial(system, count, i => wire.Send(Wire.Get($"/v1/shared/{World.Token(first + i)}")).Status);
    }

    private static Sample AddOneByOne(Stage stage, BenchSystem system, Range size)
    {
        using var wire = new Wire(system.Port);
        var token = system.Tokens()[0];
        var path = $"/v1/collections/{World.Collection(size.First)}/items";
        var first = stage.Take($"size {size.Items}", system, SerialAdds);
        return Serial(system, SerialAdds, i =>
        {
            var gif = World.Gif((int)(((long)size.First * size.Items + size.Items + first + i) % World.FirstOwnersGifs));
            return wire.Send(Wire.Post(path, token, $$"""{"gifId":"{{gif}}"}""")).Status;
        });
    }

    private static Sample Serial(BenchSystem system, int count, Func<int, int> send)
    {
        var latencies = new Latencies();
        var errors = 0;
        var clock = Stopwatch.StartNew();
        return Row.Costed(system, () =>
        {
            for (var i = 0; i < count; i++)
            {
                var started = clock.Elapsed;
                errors += send(i) is 200 or 201 ? 0 : 1;
                latencies.Add(clock.Elapsed - started);
            }

            return new(count, clock.Elapsed.TotalSeconds, errors, latencies.Milliseconds(0.5), latencies.Milliseconds(0.99), latencies.Milliseconds(0.999));
        });
    }
}
