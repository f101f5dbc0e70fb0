using GifShare.Fixtures;
using Orleans.Configuration;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>
/// engine.md, Semantics 5 (failed activations), 6 (calls during deactivation), 7 (timers and idleness), 10 (collection) and 12 (shutdown).
/// A cluster of their own, because they collect what is idle.
/// </summary>
public sealed class LifeTests(LifeTests.Cluster cluster) : IClassFixture<LifeTests.Cluster>
{
    readonly Scene scene = Scene.New();

    ILifeGrain Grain => cluster.Own.Client.GetGrain<ILifeGrain>(scene.Id);

    IManagementGrain Management => cluster.Own.Client.GetGrain<IManagementGrain>(0);

    static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_wait_until_the_grain_is_activated()
    {
        scene.Hold("activate");
        var calls = Task.WhenAll(Grain.Activation(), Grain.Activation());
        await scene.At("activate");
        Assert.False(calls.IsCompleted);
        scene.Release("activate");
        var who = await calls;
        Assert.Equal(who[0], who[1]);
    }

    [Fact]
    public async Task A_failed_activation_fails_its_calls_and_the_next_call_tries_again()
    {
        scene.Log("fail once");
        scene.Hold("activate");
        var a = Grain.Activation();
        // Only then the other: two calls at once may arrive in any order.
        await scene.At("activate");
        var b = Grain.Activation();
        scene.Release("activate");
        Assert.Equal("no life today", (await Assert.ThrowsAsync<ProbeException>(() => a)).Message);
        await Record.ExceptionAsync(() => b);
        await Grain.Activation();
        Assert.Equal(1, scene.CountOf("activated"));
        Assert.DoesNotContain("deactivating", scene.Events);
    }

    [Fact]
    public async Task A_call_during_deactivation_waits_for_it_and_meets_a_new_activation()
    {
        scene.Hold("deactivate");
        var old = await Grain.End();
        await scene.At("deactivate");
        var next = Grain.Activation();
        Assert.False(next.IsCompleted);
        scene.Release("deactivate");
        Assert.NotEqual(old, await next);
        Assert.Equal(["activating", "activated", "deactivating", "deactivated: ApplicationRequested", "disposed", "activating", "activated"], scene.Events);
    }

    [Fact]
    public async Task Deactivation_waits_for_running_requests()
    {
        scene.Hold("work");
        var work = Grain.Work();
        await scene.At("work");
        var end = Grain.End();
        scene.Release("work");
        await Task.WhenAll(work, end);
        await Eventually.True(() => scene.CountOf("disposed") == 1, Test);
        Assert.Equal(["activating", "activated", "work in", "work out", "deactivating", "deactivated: ApplicationRequested", "disposed"], scene.Events);
    }

    [Fact]
    public async Task A_deactivation_that_throws_is_a_deactivation()
    {
        scene.Log("fail at the end");
        var old = await Grain.End();
        Assert.NotEqual(old, await Grain.Activation());
    }

    [Fact]
    public async Task What_is_idle_is_collected()
    {
        await Grain.Activation();
        await Eventually.True(async () =>
        {
            await Management.ForceActivationCollection(TimeSpan.Zero, Test);
            return scene.CountOf("deactivated: ActivationIdle") == 1;
        }, Test);
    }

    [Fact]
    public async Task What_was_told_to_stay_is_not_collected()
    {
        await Grain.Stay();
        var other = Scene.New();
        await cluster.Own.Client.GetGrain<ILifeGrain>(other.Id).Activation();
        await Eventually.True(async () =>
        {
            await Management.ForceActivationCollection(TimeSpan.Zero, Test);
            return other.CountOf("deactivated: ActivationIdle") == 1;
        }, Test);
        Assert.DoesNotContain("deactivating", scene.Events);
    }

    [Fact]
    public async Task A_timer_does_not_keep_its_grain_alive_unless_told_to()
    {
        await Grain.Tick(keepAlive: false);
        await Eventually.True(async () =>
        {
            await Management.ForceActivationCollection(TimeSpan.FromSeconds(2), Test);
            return scene.CountOf("deactivated: ActivationIdle") == 1;
        }, Test);

        var kept = Scene.New();
        await cluster.Own.Client.GetGrain<ILifeGrain>(kept.Id).Tick(keepAlive: true);
        var witness = Scene.New();
        await cluster.Own.Client.GetGrain<ILifeGrain>(witness.Id).Activation();
        await Eventually.True(async () =>
        {
            await Management.ForceActivationCollection(TimeSpan.FromSeconds(2), Test);
            return witness.CountOf("deactivated: ActivationIdle") == 1;
        }, Test);
        Assert.DoesNotContain("deactivating", kept.Events);
    }

    [Fact]
    public async Task Statistics_count_activations_by_class()
    {
        await Grain.Stay();
        await Eventually.True(async () => (await Management.GetSimpleGrainStatistics())
            .Any(s => s.GrainType.StartsWith("GifShare.Grains.Tests.Orleans.LifeGrain", StringComparison.Ordinal) && s.ActivationCount > 0), Test);
        Assert.True(await Management.GetTotalActivationCount(Test) > 0);
    }

    [Fact]
    public async Task A_collection_age_within_the_quantum_is_refused() =>
        await Assert.ThrowsAnyAsync<Exception>(() => TestCluster.StartAsync(silo => silo.Configure<GrainCollectionOptions>(options =>
            options.CollectionAge = TimeSpan.FromSeconds(30))));

    [Fact]
    public async Task Stopping_lets_running_requests_finish_and_deactivates_the_rest()
    {
        await using var own = await TestCluster.StartAsync(silo => silo.AddStartupTask((services, _) =>
        {
            scene.Log("started");
            return Task.CompletedTask;
        }));
        var idle = Scene.New();
        await own.Client.GetGrain<ILifeGrain>(idle.Id).Activation();
        scene.Hold("work");
        var work = own.Client.GetGrain<ILifeGrain>(scene.Id).Work();
        await scene.At("work");
        var stop = own.StopAsync();
        await Eventually.True(() => idle.CountOf("deactivated: ShuttingDown") == 1, Test);
        Assert.DoesNotContain("deactivating", scene.Events);
        scene.Release("work");
        await stop;
        // Who called from outside may have lost its connection by now; the work itself was finished.
        await Record.ExceptionAsync(() => work);
        Assert.Equal(["activating", "activated", "work in", "work out", "deactivating", "deactivated: ShuttingDown", "disposed"], scene.Events.Where(e => e != "started"));
        Assert.Contains("started", scene.Events);
    }

    public sealed class Cluster : IAsyncLifetime
    {
        public ITestCluster Own { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Own = await TestCluster.StartAsync(_ => { });

        public ValueTask DisposeAsync() => Own.DisposeAsync();
    }
}
