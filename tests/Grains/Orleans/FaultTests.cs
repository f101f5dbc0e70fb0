using GifShare.Fixtures;
using GifShare.Grains.Operations;
using GifShare.Grains.Rows;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>
/// engine.md, Contracts (exceptions) and Semantics 5 (a failed activation): what arrives when a grain fails, at a client and at a grain of
/// another silo. With the product's call filter, and so with a cluster of their own.
/// </summary>
public sealed class FaultTests(FaultTests.Cluster cluster) : IClassFixture<FaultTests.Cluster>
{
    [Theory, InlineData("bug", ErrorCode.Internal), InlineData("store", ErrorCode.Unavailable), InlineData("fault", "a code of its own")]
    [InlineData("silo", ErrorCode.Unavailable), InlineData("late", ErrorCode.Unavailable)]
    public async Task A_failure_arrives_with_its_code_and_without_what_is_internal(string what, string code)
    {
        var relay = cluster.Own.Client.GetGrain<IRelayGrain>(Guid.CreateVersion7());
        var target = await Apart.FromAsync(await relay.Silo(), key => cluster.Own.Client.GetGrain<IFaultyGrain>(key).Silo());
        Assert.Equal($"GrainFaultedException {code}", await relay.Failure(target, what));
        var fault = await Assert.ThrowsAsync<GrainFaultedException>(() => cluster.Own.Client.GetGrain<IFaultyGrain>(target).Fail(what));
        Assert.Equal(code, fault.Code);
        Assert.DoesNotContain("internal detail", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_activation_arrives_with_its_code_although_no_filter_sees_it()
    {
        // Each attempt may be on either silo: both ways are met.
        for (var i = 0; i < 10; i++)
        {
            var target = Guid.CreateVersion7();
            Assert.Equal($"GrainFaultedException {ErrorCode.Unavailable}", await cluster.Own.Client.GetGrain<IRelayGrain>(Guid.CreateVersion7()).FailureToActivate(target));
            Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<GrainFaultedException>(() => cluster.Own.Client.GetGrain<IFragileGrain>(target).Ask())).Code);
        }
    }

    public sealed class Cluster : IAsyncLifetime
    {
        public ITestCluster Own { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Own = await TestCluster.StartAsync(static silo => silo.Services
            .AddSingleton<HotGrains>()
            .AddSingleton<FailedCalls>()
            .AddSingleton<IIncomingGrainCallFilter, FaultFilter>());

        public ValueTask DisposeAsync() => Own.DisposeAsync();
    }
}
