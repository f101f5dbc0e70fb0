using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Semantics 4 (cancellation) and 9 (one-way calls), from one silo to the other.</summary>
public sealed class AcrossSilosTests(OrleansCluster cluster)
{
    static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_request_on_another_silo_sees_its_token_and_nobody_waits_for_it()
    {
        var (relay, scene) = await ApartAsync();
        using var cancel = new CancellationTokenSource();
        scene.Hold("a");
        var a = relay.Cancellable(scene.Id, "a", cancel.Token);
        await scene.At("a");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => a);
        Assert.DoesNotContain("a cancelled", scene.Events);
        scene.Release("a");
        await Eventually.True(() => scene.CountOf("a cancelled") == 1, Test);
    }

    [Fact]
    public async Task A_queued_request_on_another_silo_that_is_cancelled_never_runs()
    {
        var (relay, scene) = await ApartAsync();
        var target = cluster.Grain<IQueueGrain>(scene);
        scene.Hold("a");
        var a = target.Write("a");
        await scene.At("a");
        await relay.TakeBack(scene.Id, "b");
        await Eventually.True(() => scene.CountOf("witness cancelled") == 1, Test);
        scene.Release("a");
        await a;
        await target.Write("c");
        Assert.DoesNotContain("b in", scene.Events);
    }

    [Fact]
    public async Task A_one_way_call_to_another_silo_returns_at_once_and_swallows_errors()
    {
        var (relay, scene) = await ApartAsync();
        scene.Hold("a");
        await relay.Tell(scene.Id, "a");
        await scene.At("a");
        Assert.DoesNotContain("a out", scene.Events);
        scene.Release("a");
        await cluster.Grain<IQueueGrain>(scene).Write("b");
        Assert.Equal(["a in", "a out", "b in", "b out"], scene.Events);
    }

    async Task<(IRelayGrain Relay, Scene Scene)> ApartAsync()
    {
        var relay = cluster.Client.GetGrain<IRelayGrain>(Guid.CreateVersion7());
        var target = await Apart.FromAsync(await relay.Silo(), key => cluster.Client.GetGrain<IQueueGrain>(key).Silo());
        return (relay, Scene.Of(target));
    }
}

/// <summary>Finds a grain on another silo; where a grain is, nobody decides but the cluster.</summary>
public static class Apart
{
    /// <summary>The key of a grain that is not on this silo.</summary>
    public static async Task<Guid> FromAsync(string silo, Func<Guid, Task<string>> siloOf)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var key = Guid.CreateVersion7();
            if (await siloOf(key) != silo)
                return key;
        }

        throw new InvalidOperationException($"Of 200 grains not one is on another silo than {silo}.");
    }
}
