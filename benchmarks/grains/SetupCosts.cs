using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;

namespace GifShare.Bench.Grains;

/// <summary>The cost per call of optional silo features: a silo with the feature and one without are measured alternately.</summary>
static class SetupCosts
{
    const int Pairs = 20;
    const int Callers = 100;
    const int ManyGrains = 10_000;

    public static async Task Run(double seconds)
    {
        await Compare("dashboard", silo => silo.AddDashboard(), seconds);
        await Compare("activity propagation, nobody listens", silo => silo.AddActivityPropagation(), seconds);
        await Compare("a filter that awaits", silo => silo.AddIncomingGrainCallFilter<AwaitingFilter>(), seconds);
        await Compare("a filter that returns the task", silo => silo.AddIncomingGrainCallFilter<ReturningFilter>(), seconds);
    }

    /// <summary>Activates <paramref name="count"/> empty grains.</summary>
    public static async Task<IBenchGrain[]> Made(IServiceProvider services, int count)
    {
        var factory = services.GetRequiredService<IGrainFactory>();
        var grains = Enumerable.Range(0, count).Select(_ => factory.GetGrain<IBenchGrain>(Guid.CreateVersion7())).ToArray();
        await Task.WhenAll(grains.Select(static grain => grain.Add(1)));
        return grains;
    }

    static async Task Compare(string what, Action<ISiloBuilder> configure, double seconds)
    {
        using var plainHost = BenchSilo.Build(_ => { });
        using var otherHost = BenchSilo.Build(configure);
        await plainHost.StartAsync();
        await otherHost.StartAsync();
        var (plain, other) = (await Made(plainHost.Services, ManyGrains), await Made(otherHost.Services, ManyGrains));
        await Turns.Compare($"{what}: one grain", Callers, Pairs, seconds, _ => plain[0].Add(1), _ => other[0].Add(1));
        await Turns.Compare($"{what}: {ManyGrains:N0} grains", Callers, Pairs, seconds, i => plain[i % ManyGrains].Add(1), i => other[i % ManyGrains].Add(1));
        await plainHost.StopAsync();
        await otherHost.StopAsync();
    }

    sealed class AwaitingFilter : IIncomingGrainCallFilter
    {
        public async Task Invoke(IIncomingGrainCallContext context) => await context.Invoke();
    }

    sealed class ReturningFilter : IIncomingGrainCallFilter
    {
        public Task Invoke(IIncomingGrainCallContext context) => context.Invoke();
    }
}
