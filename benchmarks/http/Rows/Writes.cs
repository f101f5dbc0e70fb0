using System.Globalization;
using System.Text.RegularExpressions;
using GifShare.Bench.Load;
using GifShare.Bench.Systems;
using GifShare.Standalone.Postgres;

namespace GifShare.Bench.Rows;

/// <summary>Writes at saturation. Every add is of a gif that is not in the collection yet.</summary>
internal static partial class Writes
{
    /// <summary>Adds to one hot collection before the next one becomes hot: a collection holds at most 10,000 items.</summary>
    private const int PerHotCollection = 9_000;

    /// <summary>Numbers reserved per second of adds; above any rate reached here.</summary>
    private const int MostPerSecond = 20_000;

    private const string Head =
        """
        local counter, tokens, heads, n = 0, {}, {}, 0
        local floor, format = math.floor, string.format
        setup = function(thread) thread:set("id", counter); counter = counter + 1 end
        local function post(collection, token)
          return "POST /v1/collections/018f0000-0002-7000-8000-" .. format("%012x", collection) .. "/items HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            .. token .. "\r\nContent-Type: application/json\r\nContent-Length: 48\r\n\r\n{\"gifId\":\"018f0000-0001-7000-8000-"
        end

        """;

    public static IEnumerable<Row> All =>
    [
        new("add", "Add an item, many collections", [BenchSystem.Classic, BenchSystem.Pgbench, BenchSystem.Product],
            (stage, system, seconds) => system.Name == BenchSystem.Pgbench ? Pgbench(stage, system, seconds) : Row.Costed(system, () => Add(stage, system, seconds))) { Writes = true, Fill = Visit },
        new("hot", "Add items to one hot collection", [BenchSystem.Classic, BenchSystem.Product],
            (stage, system, seconds) => Row.Costed(system, () => AddHot(stage, system, seconds))) { Writes = true },
        new("like", "Likes of one collection", [BenchSystem.Classic, BenchSystem.Product],
            (stage, system, seconds) => Row.Costed(system, () => Like(stage, system, seconds))) { Writes = true },
    ];

    /// <summary>Each owner reads each target collection once, so that it is active.</summary>
    public static void Visit(Stage stage, BenchSystem system)
    {
        var tokens = system.Tokens();
        Parallel.For(0, World.Owners, new() { MaxDegreeOfParallelism = 16 }, owner =>
        {
            using var wire = new Wire(system.Port);
            for (var c = owner; c < World.Added.Count; c += World.Owners)
                wire.Send(Wire.Get($"/v1/collections/{World.Collection(World.Added.First + c)}", tokens[owner]));
        });
    }

    /// <summary>Owners append to the collections of a range, round robin.</summary>
    public static LoadResult Add(Stage stage, BenchSystem system, int seconds) =>
        AddTo(stage, system, seconds, stage.Take("add", system, MostPerSecond * seconds), World.Added, $"c % {World.Owners}", $"u * 10000 + floor(k / {World.Added.Count})");

    /// <summary>As <see cref="Add"/>, in collections of the first owner that already hold some items.</summary>
    public static LoadResult AddToFilled(Stage stage, BenchSystem system, int seconds, Range range, int count)
    {
        var first = stage.Take($"growth {count}", system, MostPerSecond * seconds);
        return AddTo(
            stage, system, seconds, first, range with { Count = count }, "0",
            $"(({range.First} + c) * {range.Items} + {range.Items} + {(range.Count - count) / 100} + floor(k / {count})) % {World.FirstOwnersGifs}");
    }

    private static LoadResult AddTo(Stage stage, BenchSystem system, int seconds, long first, Range range, string owner, string gif)
    {
        var script = Head + Lines("tokens", system.Tokens()) +
            $$"""
            request = function()
              local k = {{first}} + 2 * n + id
              n = n + 1
              local c = k % {{range.Count}}
              local u = {{owner}}
              local head = heads[c]
              if not head then head = post({{range.First}} + c, tokens[u + 1]); heads[c] = head end
              return head .. format("%012x", {{gif}}) .. '"}'
            end
            """;
        return Wrk.Run(stage.Folder, system.Port, seconds, "/", script);
    }

    private static LoadResult AddHot(Stage stage, BenchSystem system, int seconds)
    {
        var collections = MostPerSecond * seconds / PerHotCollection + 1;
        var first = World.Hot.First + stage.Take("hot", system, collections) % (World.Hot.Count - collections);
        var script = Head + Lines("tokens", system.Tokens()[..1]) +
            $$"""
            request = function()
              local k = 2 * n + id
              n = n + 1
              local c = {{first}} + floor(k / {{PerHotCollection}})
              local head = heads[c]
              if not head then head = post(c, tokens[1]); heads[c] = head end
              return head .. format("%012x", k % {{PerHotCollection}}) .. '"}'
            end
            """;
        return Wrk.Run(stage.Folder, system.Port, seconds, "/", script);
    }

    private static LoadResult Like(Stage stage, BenchSystem system, int seconds)
    {
        // Each person alternately favourites and unfavourites, so that every request changes something.
        var script = Head + Lines("tokens", system.Tokens()) +
            $$"""
            request = function()
              local u = (n % {{World.Owners / 2}}) * 2 + id
              local method = floor(n / {{World.Owners / 2}}) % 2 == 0 and "PUT" or "DELETE"
              n = n + 1
              return method .. " /v1/collections/{{World.Collection(World.Liked.First)}}/like HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                .. tokens[u + 1] .. "\r\nContent-Length: 0\r\n\r\n"
            end
            """;
        return Wrk.Run(stage.Folder, system.Port, seconds, "/", script);
    }

    /// <summary>Runs the SQL statement of (b) with pgbench for 64 clients: the throughput of PostgreSQL alone.</summary>
    private static Sample Pgbench(Stage stage, BenchSystem system, int seconds)
    {
        static string Id(int kind, string number) => $"('018f0000-{kind:x4}-7000-8000-' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid";
        var file = Path.Combine(stage.Folder, "add.sql");
        var owners = string.Join(",", stage.Product.Users.Select(user => $"'{user}'"));
        var statement = ClassicStore.Add.ReplaceLineEndings(" ")
            .Replace("$1", Id(2, $"{World.AddedByPgbench.First} + :c"), StringComparison.Ordinal)
            .Replace("$2", $"(ARRAY[{owners}]::uuid[])[:c % {World.Owners} + 1]", StringComparison.Ordinal)
            .Replace("$3", Id(1, $"(:c % {World.Owners}) * 10000 + :g"), StringComparison.Ordinal);
        File.WriteAllText(file, $"\\set c random(0, {World.AddedByPgbench.Count - 1})\n\\set g random(0, {World.OthersGifs - 1})\n{statement};\n");
        return Row.Costed(system, () =>
        {
            Environment.SetEnvironmentVariable("PGOPTIONS", "-c search_path=gifshare,public");
            var output = Children.Run(
                PgbenchProgram(), "-n", "-M", "prepared", "-c", $"{Options.Connections}", "-j", "2", "-T", $"{seconds}", "-f", file,
                "-h", stage.ClassicSocketFolder, "-U", ManagedPostgres.Role, "gifshare");
            var rate = double.Parse(Rate().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            var latency = double.Parse(Latency().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            return new((long)(rate * seconds), seconds, 0, latency, 0, 0);
        });
    }

    private static string PgbenchProgram() =>
        Directory.GetDirectories(PostgresFolder).Select(folder => Path.Combine(folder, "bin", "pgbench")).Where(File.Exists)
            .OrderBy(path => int.TryParse(path.Split('/')[^3], out var major) ? major : 0).Last();

    private const string PostgresFolder = "/usr/lib/postgresql";

    private static string Lines(string table, IEnumerable<string> values) => string.Concat(values.Select(value => $"{table}[#{table} + 1] = \"{value}\"\n"));

    [GeneratedRegex(@"^tps = ([\d.]+)", RegexOptions.Multiline)]
    private static partial Regex Rate();

    [GeneratedRegex(@"latency average = ([\d.]+) ms")]
    private static partial Regex Latency();
}
