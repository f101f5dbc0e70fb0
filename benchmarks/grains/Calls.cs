using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Bench.Grains;

/// <summary>
/// Throughput of grain calls compared with channel actors, through a cached reference and through <c>GetGrain</c> per call. Each figure is the best of
/// several rounds: on a shared machine the best shows what the program can do, the spread shows interference.
/// </summary>
static class Calls
{
    public static async Task Run(int rounds, double seconds, int grains)
    {
        using var host = BenchSilo.Build(_ => { });
        await host.StartAsync();
        var factory = host.Services.GetRequiredService<IGrainFactory>();
        var kept = await SetupCosts.Made(host.Services, grains);
        var keys = Array.ConvertAll(kept, static grain => grain.GetPrimaryKey());
        var actors = kept.Select(static _ => new ChannelActor()).ToArray();
        foreach (var callers in (int[])[1, 100])
        {
            foreach (var count in (int[])[1, grains])
            {
                var many = count == 1 ? "" : "s";
                var actor = await Rate($"{count:N0} channel actor{many}", i => actors[i % count].Add(1));
                await Rate($"{count:N0} grain{many}", i => kept[i % count].Add(1), actor);
                await Rate($"{count:N0} grain{many}, GetGrain each time", i => factory.GetGrain<IBenchGrain>(keys[i % count]).Add(1), actor);
            }

            async Task<double> Rate(string what, Func<int, Task<int>> call, double actor = 0)
            {
                var rates = new List<double>();
                var core = 0.0;
                for (var round = -1; round < rounds; round++)
                {
                    var rate = await Turns.Rate(callers, seconds, call);
                    core = Math.Max(core, rate.Core);
                    if (round >= 0)
                        rates.Add(rate.Clock);
                }

                Lines.Print($"{what}, {Turns.Callers(callers)}", rates, "calls/s", $"  {core,10:N0} per second of one core{(actor == 0 ? "" : $", {core / actor:0.00} x the channel actor{(what.StartsWith("1 ", StringComparison.Ordinal) ? "" : "s")}")}");
                return core;
            }
        }

        await Task.WhenAll(actors.Select(static a => a.StopAsync()));
        await host.StopAsync();
    }
}
