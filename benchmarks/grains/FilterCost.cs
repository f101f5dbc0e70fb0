using System.Diagnostics;
using GifShare.Grains;
using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GifShare.Bench.Grains;

/// <summary>
/// What counting and measuring adds to the product's call filter. Two silos, one whose filter does nothing else, take turns of a
/// fraction of a second, so that a neighbour on the machine disturbs both alike; and the figures alone run in a loop.
/// </summary>
static class FilterCost
{
    const int Turns = 60;
    const int ManyGrains = 10_000;

    public static async Task Run(double seconds)
    {
        using var figures = new CallFigures();
        var catcher = new CatchingFilter();
        using var plainHost = BenchSilo.Build(silo => silo.Services.AddSingleton<IIncomingGrainCallFilter>(catcher));
        using var countingHost = BenchSilo.Build(silo => silo.Services.AddSingleton<IIncomingGrainCallFilter>(new FaultFilter(figures, NullLogger<FaultFilter>.Instance)));
        await plainHost.StartAsync();
        await countingHost.StartAsync();
        var (plain, counting) = (await Made(plainHost.Services), await Made(countingHost.Services));
        Console.WriteLine($"{"the figures alone, in a loop",-40} {Alone(figures, catcher.Last!),8:0.0} ns");
        foreach (var (what, callers, grains) in ((string, int, int)[])[("one grain, 1 caller", 1, 1), ("one grain, 100 callers", 100, 1), ($"{ManyGrains:N0} grains, 100 callers", 100, ManyGrains)])
            await Compare(what, callers, plain[..grains], counting[..grains], figures, seconds);
        await plainHost.StopAsync();
        await countingHost.StopAsync();
    }

    static async Task<IBenchGrain[]> Made(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IGrainFactory>();
        var grains = Enumerable.Range(0, ManyGrains).Select(_ => factory.GetGrain<IBenchGrain>(Guid.CreateVersion7())).ToArray();
        await Task.WhenAll(grains.Select(static grain => grain.Add(1)));
        return grains;
    }

    static double Alone(CallFigures figures, IIncomingGrainCallContext context)
    {
        const int calls = 1_000_000;
        var best = double.MaxValue;
        for (var round = 0; round < 60; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++)
                figures.Begin(context).End();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / calls);
            if (round % 20 == 19)
                figures.Close(12);
        }

        return best;
    }

    static async Task Compare(string what, int callers, IBenchGrain[] plain, IBenchGrain[] counting, CallFigures figures, double seconds)
    {
        var (bestPlain, bestCounting) = (0.0, 0.0);
        var ratios = new List<double>();
        for (var turn = -4; turn < Turns; turn++)
        {
            // Every five seconds of calls, as in the product.
            if (turn % 20 == 0)
                figures.Close(12);
            // In turns the other comes first.
            var before = turn % 2 == 0 ? await Rate(callers, plain, seconds) : 0;
            var after = await Rate(callers, counting, seconds);
            if (before == 0)
                before = await Rate(callers, plain, seconds);
            if (turn < 0)
                continue;
            (bestPlain, bestCounting) = (Math.Max(bestPlain, before), Math.Max(bestCounting, after));
            ratios.Add(before / after);
        }

        ratios.Sort();
        Console.WriteLine($"{what,-40} {1e9 / bestPlain,8:0} ns of a core a call, {1e9 / bestCounting:0} with figures: {(bestPlain / bestCounting) - 1:+0.0%;-0.0%}; median of {Turns} pairs {ratios[Turns / 2] - 1:+0.0%;-0.0%}");
    }

    /// <summary>Calls per second of processor time of this process.</summary>
    static async Task<double> Rate(int callers, IBenchGrain[] grains, double seconds)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var stop = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var done = 0;
            for (var next = caller * 7919; Stopwatch.GetTimestamp() < stop;)
                for (var i = 0; i < 64; i++, done++)
                    await grains[(next++ & int.MaxValue) % grains.Length].Add(1);
            return done;
        })));
        return counts.Sum() / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
    }

    /// <summary>The product's filter without its figures.</summary>
    sealed class CatchingFilter : IIncomingGrainCallFilter
    {
        public IIncomingGrainCallContext? Last { get; private set; }

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            Last ??= context;
            try
            {
                await context.Invoke();
            }
            catch (Exception e) when (e is not (GrainFaultedException or OperationCanceledException))
            {
                throw new GrainFaultedException("internal");
            }
        }
    }
}
