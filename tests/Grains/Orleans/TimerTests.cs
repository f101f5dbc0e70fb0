using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Semantics 7 (timers) and 11 (call filters see them).</summary>
public sealed class TimerTests(OrleansCluster cluster)
{
    readonly Scene scene = Scene.New();

    ITimerGrain Grain => cluster.Grain<ITimerGrain>(scene);

    static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tick_waits_while_the_grain_is_busy_and_a_call_while_it_ticks()
    {
        scene.Hold("call", "tick");
        var call = Grain.TickWhileBusy(interleave: false);
        await scene.At("call");
        var other = Scene.New();
        await cluster.Grain<ITimerGrain>(other).TickThrice();
        await Eventually.True(() => other.CountOf("tick") == 3, Test);
        Assert.DoesNotContain("tick in", scene.Events);
        scene.Release("call");
        await call;
        await scene.At("tick");
        var greeting = Grain.Greet();
        await cluster.Grain<ITimerGrain>(other).Greet();
        Assert.False(greeting.IsCompleted);
        scene.Release("tick");
        await greeting;
    }

    [Fact]
    public async Task A_tick_interleaves_when_told_to()
    {
        scene.Hold("call");
        var call = Grain.TickWhileBusy(interleave: true);
        await scene.At("call");
        await Eventually.True(() => scene.CountOf("tick out") >= 2, Test);
        scene.Release("call");
        await call;
    }

    [Fact]
    public async Task A_timer_goes_on_after_its_callback_threw()
    {
        await Grain.TickAndThrow();
        await Eventually.True(() => scene.CountOf("tick") >= 3, Test);
    }

    [Fact]
    public async Task A_timer_can_stop_itself()
    {
        await Grain.TickThrice();
        await Eventually.True(() => scene.CountOf("tick") == 3, Test);
        await Grain.Greet();
        Assert.Equal(3, scene.CountOf("tick"));
    }

    [Fact]
    public async Task Filters_see_calls_and_ticks_and_tell_them_apart_by_the_interface()
    {
        await Grain.TickThrice();
        await Eventually.True(() => scene.CountOf("filter other") == 3, Test);
        Assert.Equal(1, scene.CountOf("filter TickThrice"));
    }

    [Fact]
    public async Task A_filter_may_replace_the_result_and_the_error()
    {
        Assert.Equal("hello, filtered", await Grain.Greet());
        var error = await Assert.ThrowsAsync<ProbeException>(() => Grain.Break());
        Assert.Equal("internal detail", error.Message);
        Assert.Equal(["filter Greet", "filter Break", "filter caught"], scene.Events);
    }
}
