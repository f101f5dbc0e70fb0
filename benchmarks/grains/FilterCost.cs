using System.Diagnostics;
using GifShare.Grains.Operations;
using GifShare.Grains.Rows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GifShare.Bench.Grains;

/// <summary>
/// The cost of tracking hot grains and failures in the product's call filter: alternating with a silo whose filter does nothing else, and the
/// tracking alone in a loop.
/// </summary>
static class FilterCost
{
    const int Pairs = 60;
    const int ManyGrains = 10_000;

    public static async Task Run(double seconds)
    {
        var figures = new HotGrains();
        using var failures = new FailedCalls();
        var catcher = new CatchingFilter();
        using var plainHost = BenchSilo.Build(silo => silo.Services.AddSingleton<IIncomingGrainCallFilter>(catcher));
        using var countingHost = BenchSilo.Build(silo => silo.Services.AddSingleton<IIncomingGrainCallFilter>(new FaultFilter(figures, failures, NullLogger<FaultFilter>.Instance)));
        await plainHost.StartAsync();
        await countingHost.StartAsync();
        var (plain, counting) = (await SetupCosts.Made(plainHost.Services, ManyGrains), await SetupCosts.Made(countingHost.Services, ManyGrains));
        Console.WriteLine($"{"the figures alone, in a loop",-48} {Alone(figures, catcher.Last!),6:0.0} ns");
        foreach (var (what, callers, grains) in ((string, int, int)[])[("one grain, 1 caller", 1, 1), ("one grain, 100 callers", 100, 1), ($"{ManyGrains:N0} grains, 100 callers", 100, ManyGrains)])
            await Turns.Compare(what, callers, Pairs, seconds, i => plain[i % grains].Add(1), i => counting[i % grains].Add(1), CloseAtTimes);
        await plainHost.StopAsync();
        await countingHost.StopAsync();

        // Equivalent to every five seconds of calls, as in the product.
        void CloseAtTimes(int pair)
        {
            if (pair % 20 == 0)
                figures.Read();
        }
    }

    static double Alone(HotGrains figures, IIncomingGrainCallContext context)
    {
        const int calls = 1_000_000;
        var best = double.MaxValue;
        for (var round = 0; round < 60; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++)
                figures.Add(context.TargetId);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / calls);
            if (round % 20 == 19)
                figures.Read();
        }

        return best;
    }

    /// <summary>The product's filter without tracking.</summary>
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
