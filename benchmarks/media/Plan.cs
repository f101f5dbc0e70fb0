using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;

namespace GifShare.Bench.Media;

/// <summary>What is measured of one store.</summary>
static class Plan
{
    const double Goal = 0.8;
    const double Megabyte = 1 << 20;

    /// <summary>Memory of the process while one large file goes through, sent from a few buffers.</summary>
    public static async Task Memory(Lines lines, MediaServer server, long size)
    {
        var before = server.Megabytes;
        server.ForgetPeak();
        var started = Stopwatch.GetTimestamp();
        var noise = RandomNumberGenerator.GetBytes(Load.PartBytes);
        // The same noise with the part's number: nothing between here and the disk looks for repetitions.
        var id = await server.UploadAsync(size, "video/mp4", number =>
        {
            var bytes = (byte[])noise.Clone();
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(64), number);
            if (number == 1)
                Load.Begin(bytes);
            return bytes.AsMemory(0, (int)Math.Min(Load.PartBytes, size - ((long)(number - 1) * Load.PartBytes)));
        }, Load.PartsAtOnce);
        var sent = Stopwatch.GetElapsedTime(started);
        await server.SettleAsync(id);
        var ready = Stopwatch.GetElapsedTime(started);
        var peak = server.PeakMegabytes;
        Console.WriteLine($"  one file of {size / Megabyte:N0} MB, {Load.PartsAtOnce} parts at a time: memory {before:N0} MB before, at most {peak:N0}; acknowledged after {sent.TotalSeconds:N1} s ({size / Megabyte / sent.TotalSeconds:N0} MB/s), ready after {ready.TotalSeconds:N1} s");
        lines.Below($"memory rises while {size / Megabyte:N0} MB go through", peak - before, 100, "MB");
    }

    /// <summary>Rates of larger and of small files beside each baseline, in turns; and how long the acknowledgement of files of 5 MB takes.</summary>
    public static async Task Compare(Lines lines, MediaServer server, int rounds, Load load, IReadOnlyList<Baseline> baselines)
    {
        var megabytes = load.Large / Megabyte * load.LargeFiles;
        await Turns(
            lines, $"{load.LargeFiles} files of {load.Large >> 20} MB, {Load.PartsAtOnce} at a time", "MB/s", rounds, megabytes, () => [.. Enumerable.Range(0, load.LargeFiles).Select(_ => Load.Film(load.Large))],
            Load.PartsAtOnce, [("announced, in parts of 16 MB, completed", file => server.UploadAsync(file, "video/mp4"))], baselines, server);
        await Turns(
            lines, $"{load.Pictures} pictures of 200 KB, {Load.FilesAtOnce} at a time", "/s", rounds, load.Pictures, () => [.. Enumerable.Range(0, load.Pictures).Select(_ => Load.Picture())],
            Load.FilesAtOnce, [("announced, one part, completed", file => server.UploadAsync(file, "image/png")), ("by tus, in one request", server.SendByTusAsync)], baselines, server);

        List<double> wholes = [], completions = [];
        for (var round = 0; round < rounds; round++)
        {
            var files = Enumerable.Range(0, load.Middle).Select(_ => Load.Film(Load.MiddleBytes)).ToList();
            ConcurrentBag<string> ids = [];
            await server.NewPersonAsync();
            await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = Load.FilesAtOnce }, async (file, _) =>
            {
                var started = Stopwatch.GetTimestamp();
                ids.Add(await server.UploadAsync(file, "video/mp4", completing: took => Keep(completions, took)));
                Keep(wholes, Stopwatch.GetElapsedTime(started));
            });
            foreach (var id in ids)
                await server.SettleAsync(id);
        }

        Console.WriteLine($"  {wholes.Count} files of 5 MB, {Load.FilesAtOnce} at a time: the last call takes {Percentile(completions, 0.5):0.00} s (p50), {Percentile(completions, 0.99):0.00} s (p99); from announcing to 202 {Percentile(wholes, 0.5):0.00} s, {Percentile(wholes, 0.99):0.00} s");
        lines.Below("p99 from announcing 5 MB to the acknowledgement, 16 at a time", Percentile(wholes, 0.99), 2, "s");
    }

    static async Task Turns(
        Lines lines, string what, string unit, int rounds, double amount, Func<byte[][]> files, int atOnce, (string Name, Func<byte[], Task<string>> Send)[] product, IReadOnlyList<Baseline> baselines, MediaServer server)
    {
        Console.WriteLine($"  {what}:");
        var rates = product.Select(way => way.Name).Concat(baselines.Select(baseline => baseline.Name)).ToDictionary(name => name, _ => new List<double>());
        // The first round is not counted: code is compiled in it, again as it is used more, and connections are opened.
        for (var round = -1; round < rounds; round++)
        {
            foreach (var (name, send) in product)
            {
                ConcurrentBag<string> ids = [];
                await server.NewPersonAsync();
                var rate = amount / await Time(files(), atOnce, async file => ids.Add(await send(file)));
                if (round >= 0)
                    rates[name].Add(rate);
                foreach (var id in ids)
                    await server.SettleAsync(id);
            }

            foreach (var baseline in baselines)
            {
                var rate = amount / await Time(files(), atOnce, baseline.Store);
                if (round >= 0)
                    rates[baseline.Name].Add(rate);
            }
        }

        foreach (var (name, values) in rates)
            Lines.Print(name, values, unit);
        var honest = rates[baselines.Single(baseline => baseline.IsHonest).Name];
        foreach (var (name, _) in product)
            lines.AtLeast($"{what}: {name}", [.. rates[name].Zip(honest, (mine, theirs) => mine / theirs)], Goal);
    }

    static async Task<double> Time(byte[][] files, int atOnce, Func<byte[], Task> store)
    {
        // What earlier turns left in the system's cache must not be written in this one.
        using (var sync = Process.Start("sync"))
            await sync.WaitForExitAsync();
        GC.Collect();
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (file, _) => await store(file));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    static void Keep(List<double> times, TimeSpan took)
    {
        lock (times)
            times.Add(took.TotalSeconds);
    }

    static double Percentile(List<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }
}
