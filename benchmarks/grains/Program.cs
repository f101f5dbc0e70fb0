using System.Diagnostics;
using System.Globalization;
using GifShare.Bench.Grains;
using Microsoft.Extensions.DependencyInjection;

// Each figure is the best of several rounds: on a shared machine the best is what the program can do, the spread what its
// neighbours did. "Per second of one core" counts the CPU time of this process alone, so neighbours disturb it least.
const int Rounds = 5;
const int Grains = 100_000;
if (args is ["filter"])
{
    await FilterCost.Run(0.25);
    return;
}
var seconds = args is [var given] ? double.Parse(given, CultureInfo.InvariantCulture) : 1.5;
Console.WriteLine($"Orleans {typeof(Grain).Assembly.GetName().Version}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, {Rounds} rounds of {seconds} s; best (worst)");

await Calls(filtered: false);
Console.WriteLine();
await Activations();
Console.WriteLine();
Console.WriteLine("With one incoming call filter, as the product has:");
await Calls(filtered: true);
Console.WriteLine();
Console.WriteLine("What counting and measuring adds to that filter:");
await FilterCost.Run(0.25);

async Task Calls(bool filtered)
{
    using var host = BenchSilo.Build(silo =>
    {
        if (filtered)
            silo.AddIncomingGrainCallFilter<PassingFilter>();
    });
    await host.StartAsync();
    var factory = host.Services.GetRequiredService<IGrainFactory>();
    var one = factory.GetGrain<IBenchGrain>(Guid.CreateVersion7());
    var many = Enumerable.Range(0, Grains).Select(_ => factory.GetGrain<IBenchGrain>(Guid.CreateVersion7())).ToArray();
    await Task.WhenAll(many.Select(g => g.Add(1)));
    var actors = many.Select(_ => new ChannelActor()).ToArray();
    foreach (var callers in (int[])[1, 100])
    {
        var single = await Rate($"one channel actor, {callers} callers", callers, _ => actors[0].Add(1));
        await Rate($"one grain, {callers} callers", callers, _ => one.Add(1), single);
        var spread = await Rate($"{Grains:N0} channel actors, {callers} callers", callers, i => actors[i % Grains].Add(1));
        await Rate($"{Grains:N0} grains, {callers} callers", callers, i => many[i % Grains].Add(1), spread);
    }
    await Task.WhenAll(actors.Select(a => a.StopAsync()));
    await host.StopAsync();
}

async Task<double> Rate(string what, int callers, Func<int, Task<int>> call, double baseline = 0)
{
    var rates = new List<double>();
    var perCpu = 0.0;
    for (var round = -1; round < Rounds; round++)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var stop = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var done = 0;
            for (var next = caller * 7919; Stopwatch.GetTimestamp() < stop;)
                for (var i = 0; i < 64; i++, done++)
                    await call(next++ & int.MaxValue);
            return done;
        })));
        perCpu = Math.Max(perCpu, counts.Sum() / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        if (round >= 0)
            rates.Add(counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
    Report(what, rates, "calls/s", $"  {perCpu,10:N0} per second of one core{(baseline == 0 ? "" : $", {perCpu / baseline:0.00} x the line above")}");
    return perCpu;
}

async Task Activations()
{
    var rates = new List<double>();
    var bytes = new List<double>();
    var plainRates = new List<double>();
    var plainBytes = new List<double>();
    for (var round = -1; round < Rounds; round++)
    {
        var before = Memory();
        var started = Stopwatch.GetTimestamp();
        var actors = new ChannelActor[Grains];
        for (var i = 0; i < Grains; i++)
            actors[i] = new ChannelActor();
        await Task.WhenAll(actors.Select(a => a.Add(1)));
        var plain = Grains / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var plainSize = (Memory() - before) / Grains;
        await Task.WhenAll(actors.Select(a => a.StopAsync()));
        actors = null;

        var host = BenchSilo.Build(_ => { });
        await host.StartAsync();
        var factory = host.Services.GetRequiredService<IGrainFactory>();
        await factory.GetGrain<IBenchGrain>(Guid.CreateVersion7()).Add(1);
        before = Memory();
        started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < Grains / 100; i++)
                await factory.GetGrain<IBenchGrain>(Guid.CreateVersion7()).Add(1);
        })));
        var rate = Grains / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var size = (Memory() - before) / Grains;
        await host.StopAsync();
        host.Dispose();
        if (round < 0)
            continue;
        rates.Add(rate);
        bytes.Add(-size);
        plainRates.Add(plain);
        plainBytes.Add(-plainSize);
    }
    Report("channel actors made and called once", plainRates, "/s");
    Report("activations (100 callers, first call)", rates, "/s", $"  {rates.Max() / plainRates.Max():0.00} x channel actors");
    Report("memory of an idle channel actor", plainBytes, "bytes");
    Report("memory of an idle empty activation", bytes, "bytes", $"  {bytes.Max() / plainBytes.Max():0.00} x a channel actor");
}

static double Memory()
{
    for (var i = 0; i < 3; i++)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
    return GC.GetTotalMemory(forceFullCollection: true);
}

static void Report(string what, List<double> values, string unit, string more = "") =>
    Console.WriteLine($"{what,-40} {Math.Abs(values.Max()),12:N0} {unit,-8} ({Math.Abs(values.Min()):N0}){more}");
