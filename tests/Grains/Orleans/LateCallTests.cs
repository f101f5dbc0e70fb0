using GifShare.Fixtures;
using GifShare.Silo;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>A call that arrives long after its caller gave up is not run; its caller has gone on since (docs/decisions/0022-zombies.md).</summary>
public sealed class LateCallTests
{
    /// <summary>The relay's calls are this long before their time is over, or after it.</summary>
    [Theory]
    [InlineData(2, "GrainFaultedException a code of its own")]
    [InlineData(-1, "GrainFaultedException a code of its own")]
    [InlineData(-10, "TimeoutException")]
    public async Task A_call_runs_only_while_its_caller_may_still_wait_or_the_clocks_may_differ(int seconds, string outcome)
    {
        await using var cluster = await TestCluster.StartAsync(silo => silo.Services
            .AddSingleton<IIncomingGrainCallFilter, LateCallFilter>()
            .AddSingleton<IOutgoingGrainCallFilter>(new CallDeadline(TimeSpan.FromSeconds(seconds))));
        var relay = cluster.Client.GetGrain<IRelayGrain>(Guid.CreateVersion7());
        var target = await Apart.FromAsync(await relay.Silo(), key => cluster.Client.GetGrain<IFaultyGrain>(key).Silo());
        Assert.Equal(outcome, await relay.Failure(target, "fault"));

        // Who says nothing about it is not late.
        await Assert.ThrowsAsync<GrainFaultedException>(() => cluster.Client.GetGrain<IFaultyGrain>(target).Fail("fault"));
    }
}
