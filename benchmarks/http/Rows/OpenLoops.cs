
using GifShare.Bench.Load;
using GifShare.Bench.Systems;

namespace GifShare.Bench.Rows;

/// <summary>Open-loop rows: fixed rates, latencies from the intended start.</summary>
internal static class OpenLoops
{
    private const int ReadsPerSecond = 20_000, AddsPerSecond = 1_200, MixedReads = 6_000, MixedAdds = 600, WarmUp = 1;

    public static IEnumerable<Row> All =>
    [
        new("open-reads", $"{ReadsPerSecond:N0} reads a second of 10,000 collections, open loop", [BenchSystem.Classic, BenchSystem.Product],
            (stage, system, seconds) => Run(stage, system, seconds, ReadsPerSecond, 0)) { Fill = (stage, system) => Reads.ReadEach(system, World.Many.First, World.ManyOf(stage.Options)) },
        new("open-adds", $"{AddsPerSecond:N0} adds a second to many collections, open loop", [BenchSystem.Classic, BenchSystem.Product],
            (stage, system, seconds) => Run(stage, system, seconds, 0, AddsPerSecond)) { Writes = true, Fill = Writes.Visit },
        new("mixed", $"{MixedReads:N0} views and {MixedAdds} adds a second together, open loop", [BenchSystem.Classic, BenchSystem.Product],
            (stage, system, seconds) => Run(stage, system, seconds, MixedReads, MixedAdds)) { Writes = true, Fill = FillBoth },
    ];

    private static void FillBoth(Stage stage, BenchSystem system)
    {
        Reads.ReadEach(system, World.Many.First, World.ManyOf(stage.Options));
        Writes.Visit(stage, system);
    }

    private static Sample Run(Stage stage, BenchSystem system, int seconds, int reads, int adds)
    {
        List<Load.Stream> streams = [];
        if (reads > 0)
            streams.Add(new(reads, Options.Connections, [.. Enumerable.Range(0, 20_000).Select(_ => Wire.Get($"/v1/shared/{World.Token(World.Many.First + Random.Shared.Next(World.ManyOf(stage.Options)))}"))]));
        if (adds > 0)
            streams.Add(new(adds, Options.Connections, Adds(stage, system, adds * (seconds + WarmUp))));
        StreamResult[] results = [];
        var sample = Row.Costed(system, () =>
        {
            results = OpenLoop.Run(stage.Folder, system.Port, WarmUp, seconds, streams);
            // The CPU cost covers all requests, including the warm-up.
            return results[0].ToLoad() with { Requests = results.Sum(result => result.Requests) * (seconds + WarmUp) / seconds };
        });
        var notes = new Dictionary<string, double> { ["unsent"] = results.Sum(result => result.Unsent) };
        if (results.Length > 1)
            (notes["add p50 ms"], notes["add p99 ms"], notes["add p99.9 ms"], notes["add errors"]) = (results[1].P50, results[1].P99, results[1].P999, results[1].Errors);
        return sample with { Load = results[0].ToLoad(), Notes = notes };
    }

    private static List<byte[]> Adds(Stage stage, BenchSystem system, int count)
    {
        var tokens = system.Tokens();
        var first = stage.Take("add", system, count);
        List<byte[]> requests = [];
        for (var k = first; k < first + count; k++)
        {
            var c = (int)(k % World.Added.Count);
            var gif = World.Gif(c % World.Owners * 10_000 + (int)(k / World.Added.Count));
            requests.Add(Wire.Post($"/v1/collections/{World.Collection(World.Added.First + c)}/items", tokens[c % World.Owners], $$"""{"gifId":"{{gif}}"}"""));
        }

        return requests;
    }
}
