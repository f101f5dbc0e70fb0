
using GifShare.Bench.Load;
using GifShare.Bench.Systems;

namespace GifShare.Bench.Rows;

/// <summary>Reads at saturation.</summary>
internal static class Reads
{
    public static string OwnPath => $"/v1/collections/{World.Collection(World.Viral.First)}/items?limit=50";

    private static string ViralPath => $"/v1/shared/{World.Token(World.Viral.First)}";

    public static IEnumerable<Row> All(Options options) =>
    [
        new("viral", "One viral link, 50 items", [BenchSystem.Ceiling, BenchSystem.Classic, BenchSystem.PlainSql, BenchSystem.Product],
            (stage, system, seconds) => Row.Costed(system, () => Wrk.Run(stage.Folder, system.Port, seconds, ViralPath))),
        new("notmodified", "The same with If-None-Match: 304", [BenchSystem.Ceiling, BenchSystem.Classic, BenchSystem.Product], NotModified),
        new("edited", "The viral link while its owner adds 200 items a second", [BenchSystem.Classic, BenchSystem.Product], EditedTurn) { Writes = true },
        new("many", "10,000 different collections, uniformly", [BenchSystem.Ceiling, BenchSystem.Classic, BenchSystem.PlainSql, BenchSystem.Product],
            (stage, system, seconds) => Uniform(stage, system, seconds, World.Many.First, World.ManyOf(options)))
        {
            Fill = (_, system) => ReadEach(system, World.Many.First, World.ManyOf(options)),
        },
        new("owner", "Owner's own collection, 50 items, with a token", [BenchSystem.Ceiling, BenchSystem.Classic, BenchSystem.Product],
            (stage, system, seconds) => Row.Costed(system, () => Wrk.Run(stage.Folder, system.Port, seconds, OwnPath, "", $"Authorization: Bearer {TokenOf(system)}"))),
    ];

    /// <summary>GETs of shared collections, uniformly distributed over a range.</summary>
    public static Sample Uniform(Stage stage, BenchSystem system, int seconds, int first, int count)
    {
        var file = Path.Combine(stage.Folder, $"tokens-{first}-{count}");
        if (!File.Exists(file))
            File.WriteAllLines(file, Enumerable.Range(first, count).Select(World.Token));
        var script =
            $$"""
            local counter, requests = 0, {}
            setup = function(thread) thread:set("id", counter); counter = counter + 1 end
            init = function(args)
              math.randomseed(os.time() * 2 + id)
              for token in io.lines("{{file}}") do requests[#requests + 1] = wrk.format("GET", "/v1/shared/" .. token) end
            end
            request = function() return requests[math.random({{count}})] end
            """;
        return Row.Costed(system, () => Wrk.Run(stage.Folder, system.Port, seconds, "/", script));
    }

    /// <summary>Reads each collection of a range once, so that it is active or cached.</summary>
    public static void ReadEach(BenchSystem system, int first, int count) =>
        Parallel.For(0, 16, new() { MaxDegreeOfParallelism = 16 }, part =>
        {
            using var wire = new Wire(system.Port);
            for (var i = part; i < count; i += 16)
                wire.Send(Wire.Get($"/v1/shared/{World.Token(first + i)}"));
        });

    private static string TokenOf(BenchSystem system) => system.Tokens() is [{ } first, ..] ? first : "none";

    /// <summary>304 responses. The entity tag changes with the view count, so nothing may be viewed during and shortly before the turn.</summary>
    private static Sample NotModified(Stage stage, BenchSystem system, int seconds)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Sec-Purpose", "prefetch");
        string tag = "", before;
        do
        {
            before = tag;
            Thread.Sleep(1200);
            using var answer = client.GetAsync($"http://127.0.0.1:{system.Port}{ViralPath}").GetAwaiter().GetResult();
            tag = answer.Headers.ETag!.ToString();
        }
        while (tag != before);

        using (var asked = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{system.Port}{ViralPath}"))
        {
            asked.Headers.TryAddWithoutValidation("If-None-Match", tag);
            using var answer = client.Send(asked);
            if ((int)answer.StatusCode != 304)
                throw new InvalidOperationException($"{system.Name} answered {answer.StatusCode} to its own entity tag {tag}.");
        }

        return Row.Costed(system, () => Wrk.Run(stage.Folder, system.Port, seconds, ViralPath, "", $"If-None-Match: {tag}"));
    }

    private static Sample EditedTurn(Stage stage, BenchSystem system, int seconds)
    {
        var collection = World.Edited.First + (int)stage.Take("edited", system, 1);
        using var check = new EditCheck(system, collection);
        var sample = Row.Costed(system, () => Wrk.Run(stage.Folder, system.Port, seconds, $"/v1/shared/{World.Token(collection)}"));
        check.Stop();
        return sample with { Notes = check.Notes };
    }
}
