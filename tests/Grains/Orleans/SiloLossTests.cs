using GifShare.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Semantics 12 (a silo that leaves) and 13 (a silo that is lost). Each with a cluster of its own.</summary>
public sealed class SiloLossTests
{
    static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_silos_grain_comes_back_elsewhere_as_a_new_activation()
    {
        await using var cluster = await TestCluster.StartAsync(static silo => silo.NoticeLossesSoon());
        var (survivor, lost) = (cluster.Silos[0], cluster.Silos[1]);
        var grain = cluster.Client.GetGrain<ILifeGrain>(await Apart.FromAsync(AddressOf(survivor), key => cluster.Client.GetGrain<ILifeGrain>(key).Silo()));
        var before = await grain.Activation();

        await cluster.KillAsync(lost);

        Guid after = default;
        await Eventually.True(async () =>
        {
            try
            {
                after = await grain.Activation().WaitAsync(TimeSpan.FromSeconds(2), Test);
                return true;
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                // Away until the other has noticed.
                return false;
            }
        }, Test, TimeSpan.FromMinutes(1));
        Assert.NotEqual(before, after);
        Assert.Equal(AddressOf(survivor), await grain.Silo());
    }

    [Fact]
    public async Task A_leaving_silos_grains_are_deactivated_and_answer_elsewhere()
    {
        await using var cluster = await TestCluster.StartAsync(static _ => { });
        var (stays, leaves) = (cluster.Silos[0], cluster.Silos[1]);
        var key = await Apart.FromAsync(AddressOf(stays), key => cluster.Client.GetGrain<ILifeGrain>(key).Silo());

        await cluster.StopAsync(leaves);

        Assert.Equal(1, Scene.Of(key).CountOf("deactivated: ShuttingDown"));
        await Eventually.True(async () =>
        {
            try
            {
                return await cluster.Client.GetGrain<ILifeGrain>(key).Silo() == AddressOf(stays);
            }
            catch (OrleansException)
            {
                // The client from outside may have to find another gateway.
                return false;
            }
        }, Test);
    }

    static string AddressOf(IServiceProvider silo) => silo.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToString();
}
