using System.Globalization;
using GifShare.Bench.Media;
using GifShare.Fixtures;

// Uploads through the real product, a process with its own durable PostgreSQL, beside what the same bytes cost without it. On a disk that others use, only
// ratios within one round mean much.
const string Usage = "Usage: ./gifshare bench media [folder|s3] [--rounds 5] [--short]";
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (rounds, isShort, only) = (5, false, "");
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--short")
        (rounds, isShort) = (1, true);
    else if (args[i] == "--rounds" && i + 1 < args.Length && int.TryParse(args[i + 1], out rounds) && rounds is > 0 and <= 20)
        i++;
    else if (args[i] is "folder" or "s3")
        only = args[i];
    else
    {
        Console.Error.WriteLine($"{args[i]} is not understood. {Usage}");
        return 2;
    }
}

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {rounds} rounds in turns; median (range). Load average at the start: {File.ReadAllText("/proc/loadavg").Split(' ')[0]}.");
var lines = new Lines();
if (only != "s3")
{
    lines.Title("Folder");
    var size = isShort ? 256L << 20 : 2L << 30;
    await using (var fresh = await MediaServer.StartAsync())
        await Plan.Memory(lines, fresh, size);
    await using var server = await MediaServer.StartAsync();
    using var disk = new PlainDisk(server.Beside("plain"));
    await Plan.Compare(lines, server, rounds, Load.Of(isShort, inMemory: false), disk.Baselines);
}

if (only != "folder")
{
    var (s3, problem) = await S3Server.TryGetAsync();
    if (s3 is null)
    {
        Console.WriteLine($"\nNo S3 server, so nothing of it is measured: {problem}");
        return lines.Report();
    }

    lines.Title("S3: radosgw on this machine, in memory");
    await using (var fresh = await MediaServer.StartAsync(s3, "memory"))
        await Plan.Memory(lines, fresh, isShort ? 128L << 20 : 512L << 20);
    using var bucket = await PlainBucket.MakeAsync(s3, "plain");
    await using (var server = await MediaServer.StartAsync(s3, "product"))
        await Plan.Compare(lines, server, rounds, Load.Of(isShort, inMemory: true), bucket.Baselines);
    lines.Title("S3, clients send to the store itself (ObjectStore:S3:Direct)");
    await using (var server = await MediaServer.StartAsync(s3, "direct", isDirect: true))
        await Plan.Compare(lines, server, rounds, Load.Of(isShort, inMemory: true), bucket.Baselines);
}

return lines.Report();
