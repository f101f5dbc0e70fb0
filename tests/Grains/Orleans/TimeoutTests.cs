using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Semantics 3 (timeouts) and 4 (cancellation), from outside the silos; <see cref="AcrossSilosTests"/> has 4 between them.</summary>
public sealed class TimeoutTests(OrleansCluster cluster)
{
    readonly Scene scene = Scene.New();

    IQueueGrain Grain => cluster.Grain<IQueueGrain>(scene);

    static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_request_goes_on_when_its_caller_has_given_up()
    {
        scene.Hold("a");
        await Assert.ThrowsAsync<TimeoutException>(() => Grain.Impatient("a"));
        scene.Release("a");
        await Eventually.True(() => scene.CountOf("a out") == 1, Test);
    }

    [Fact]
    public async Task A_queued_request_never_runs_when_its_caller_has_given_up()
    {
        scene.Hold("a");
        var a = Grain.Write("a");
        await scene.At("a");
        await Assert.ThrowsAsync<TimeoutException>(() => Grain.Impatient("b"));
        // Between silos each side has a clock of its own: once a second caller has given up, the first is past for both.
        await Assert.ThrowsAsync<TimeoutException>(() => Grain.Impatient("c"));
        scene.Release("a");
        await a;
        await Grain.Write("d");
        Assert.DoesNotContain("b in", scene.Events);
    }

    [Fact]
    public async Task A_cycle_of_calls_ends_by_the_timeout_which_names_who_waits_for_what()
    {
        var message = await cluster.Grain<ICycleGrain>(scene).Ask(Guid.CreateVersion7());
        Assert.Contains("test-cycle", message, StringComparison.Ordinal);
        Assert.Contains("Answer", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_request_sees_its_token_and_its_caller_does_not_wait_for_it()
    {
        using var cancel = new CancellationTokenSource();
        scene.Hold("a");
        var a = Grain.Cancellable("a", cancel.Token);
        await scene.At("a");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => a);
        Assert.DoesNotContain("a cancelled", scene.Events);
        scene.Release("a");
        await Eventually.True(() => scene.CountOf("a cancelled") == 1, Test);
    }

    [Fact]
    public async Task A_queued_request_that_is_cancelled_never_runs()
    {
        using var cancel = new CancellationTokenSource();
        scene.Hold("a");
        var a = Grain.Write("a");
        await scene.At("a");
        var b = Grain.Cancellable("b", cancel.Token);
        await Grain.Peek("look");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => b);
        // The cancellation travels as a message of its own: wait until another one has made the same way.
        await Grain.Peek("look");
        scene.Release("a");
        await a;
        await Grain.Write("c");
        Assert.DoesNotContain("b in", scene.Events);
    }

    [Fact]
    public async Task A_cancelled_token_fails_the_call_immediately()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Grain.Cancellable("a", new CancellationToken(canceled: true)));
        await Grain.Write("b");
        Assert.DoesNotContain("a in", scene.Events);
    }
}
