using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Bench.Grains;

/// <summary>Latency of first calls (activation) and memory of an idle activation, compared with channel actors.</summary>
static class Activations
{
    const int Callers = 100;

    public static async Task Run(int rounds, int grains)
    {
        var (rates, bytes, plainRates, plainBytes) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var (plainRate, plainSize) = await Actors(grains);
            var (rate, size) = await Grains(grains);
            if (round < 0)
                continue;
            plainRates.Add(plainRate);
            plainBytes.Add(plainSize);
            rates.Add(rate);
            bytes.Add(size);
        }

        Lines.Print("channel actors made and called once", plainRates, "/s");
        Lines.Print($"activations ({Callers} callers, first call)", rates, "/s", $"  {rates.Max() / plainRates.Max():0.00} x channel actors");
        Lines.Print("memory of an idle channel actor", plainBytes, "bytes", least: true);
        Lines.Print("memory of an idle empty activation", bytes, "bytes", $"  {bytes.Min() / plainBytes.Min():0.00} x a channel actor", least: true);
    }

    static async Task<(double Rate, double Bytes)> Actors(int count)
    {
        var before = Memory();
        var started = Stopwatch.GetTimestamp();
        var actors = new ChannelActor[count];
        for (var i = 0; i < count; i++)
            actors[i] = new();
        await Task.WhenAll(actors.Select(static a => a.Add(1)));
        var rate = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = (Memory() - before) / count;
        await Task.WhenAll(actors.Select(static a => a.StopAsync()));
        return (rate, bytes);
    }

    static async Task<(double Rate, double Bytes)> Grains(int count)
    {
        using var host = BenchSilo.Build(_ => { });
        await host.StartAsync();
        var factory = host.Services.GetRequiredService<IGrainFactory>();
        await factory.GetGrain<IBenchGrain>(Guid.CreateVersion7()).Add(1);
        var before = Memory();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < count / Callers; i++)
                await factory.GetGrain<IBenchGrain>(Guid.CreateVersion7()).Add(1);
        })));
        var rate = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = (Memory() - before) / count;
        await host.StopAsync();
        return (rate, bytes);
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
}
