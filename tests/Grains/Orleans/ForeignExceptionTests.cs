using GifShare.Grains.Rows;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Contracts (exceptions): why the product has <see cref="FaultFilter"/>. The shared cluster does without it.</summary>
public sealed class ForeignExceptionTests(OrleansCluster cluster)
{
    [Fact]
    public async Task Without_the_filter_an_exception_of_nobody_in_particular_does_not_arrive_as_itself()
    {
        var relay = cluster.Client.GetGrain<IRelayGrain>(Guid.CreateVersion7());
        var target = await Apart.FromAsync(await relay.Silo(), key => cluster.Client.GetGrain<IFaultyGrain>(key).Silo());
        Assert.NotEqual(nameof(ForeignException), await relay.Failure(target, "bug"));
    }
}
