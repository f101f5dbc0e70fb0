using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Semantics 2 (who may run while another runs), 8 (stateless workers) and 9 (one-way calls).</summary>
public sealed class QueueTests(OrleansCluster cluster)
{
    readonly Scene scene = Scene.New();

    IQueueGrain Grain => cluster.Grain<IQueueGrain>(scene);

    [Fact]
    public async Task Requests_run_one_after_the_other()
    {
        scene.Hold("a");
        var a = Grain.Write("a");
        await scene.At("a");
        var b = Grain.Write("b");
        await Grain.Peek("look");
        Assert.DoesNotContain("b in", scene.Events);
        scene.Release("a");
        await Task.WhenAll(a, b);
        Assert.Equal(["a in", "look in", "look out", "a out", "b in", "b out"], scene.Events);
    }

    /// <summary>SiloEngine.MaxWaitingCalls: the queue of one grain is bounded, and who is too much is told "unavailable" at once.</summary>
    [Fact]
    public async Task A_grain_takes_only_so_many_waiting_calls()
    {
        scene.Hold("a");
        var first = Grain.Write("a");
        await scene.At("a");
        // Two that arrive together may both take the last place, and one still under way finds room after the release: so the bound is seen to a twentieth.
        const int Some = OrleansCluster.MaxWaitingCalls / 20;
        var calls = Enumerable.Range(0, OrleansCluster.MaxWaitingCalls + 2 * Some).Select(_ => Grain.Write("b")).ToArray();
        await Eventually.True(() => calls.Count(call => call.IsFaulted) >= Some, TestContext.Current.CancellationToken);
        scene.Release("a");
        await first;
        await Task.WhenAll(calls).ContinueWith(static _ => { }, TaskScheduler.Default);
        var refused = calls.Where(call => call.IsFaulted).Select(call => call.Exception!.GetBaseException()).ToArray();
        Assert.All(refused, static e => Assert.True(GrainFaultedException.IsUnavailable(e), e.ToString()));
        Assert.InRange(calls.Count(call => call.IsCompletedSuccessfully), OrleansCluster.MaxWaitingCalls - Some, OrleansCluster.MaxWaitingCalls + Some);
    }

    [Fact]
    public async Task Read_only_requests_run_together()
    {
        scene.Hold("a", "b");
        var both = Task.WhenAll(Grain.Read("a"), Grain.Read("b"));
        await scene.At("a");
        await scene.At("b");
        scene.Release("a", "b");
        await both;
    }

    [Fact]
    public async Task A_writer_waits_for_the_running_readers_and_a_reader_for_the_running_writer()
    {
        scene.Hold("r1", "w");
        var r1 = Grain.Read("r1");
        await scene.At("r1");
        var w = Grain.Write("w");
        await Grain.Peek("look");
        scene.Release("r1");
        await scene.At("w");
        var r2 = Grain.Read("r2");
        await Grain.Peek("look");
        scene.Release("w");
        await Task.WhenAll(r1, w, r2);
        Assert.Equal(["r1 in", "r1 out", "w in", "w out", "r2 in", "r2 out"], scene.Events.Where(e => !e.StartsWith("look", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_reader_may_overtake_a_waiting_writer()
    {
        scene.Hold("r1");
        var r1 = Grain.Read("r1");
        await scene.At("r1");
        var w = Grain.Write("w");
        await Grain.Peek("look");
        await Grain.Read("r2");
        scene.Release("r1");
        await Task.WhenAll(r1, w);
        Assert.True(Array.IndexOf(scene.Events, "r2 out") < Array.IndexOf(scene.Events, "w in"));
    }

    [Fact]
    public async Task Always_interleave_enters_while_another_runs_and_blocks_nobody()
    {
        scene.Hold("a", "peek");
        var a = Grain.Write("a");
        await scene.At("a");
        var peek = Grain.Peek("peek");
        await scene.At("peek");
        scene.Release("a");
        await a;
        await Grain.Write("b");
        scene.Release("peek");
        await peek;
    }

    [Fact]
    public async Task A_reentrant_grain_lets_everything_in()
    {
        var grain = cluster.Grain<IReentrantGrain>(scene);
        scene.Hold("a", "b");
        var both = Task.WhenAll(grain.Write("a"), grain.Write("b"));
        await scene.At("a");
        await scene.At("b");
        scene.Release("a", "b");
        await both;
    }

    [Fact]
    public async Task One_way_calls_return_at_once()
    {
        scene.Hold("a");
        await Grain.Tell("a");
        await scene.At("a");
        Assert.DoesNotContain("a out", scene.Events);
        scene.Release("a");
        await Grain.Write("b");
        Assert.Equal(["a in", "a out", "b in", "b out"], scene.Events);
    }

    [Fact]
    public async Task One_way_calls_swallow_errors()
    {
        scene.Hold("a");
        await Grain.TellAndThrow("a");
        await scene.At("a");
        scene.Release("a");
        await Grain.Write("b");
        Assert.Equal(["a in", "a out", "b in", "b out"], scene.Events);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_error_reaches_the_caller_and_the_grain_lives_on(bool afterAwait)
    {
        var error = await Assert.ThrowsAsync<ProbeException>(() => Grain.Fail(afterAwait));
        Assert.Equal("it failed", error.Message);
        Assert.Contains("QueueGrain", error.ToString(), StringComparison.Ordinal);
        await Grain.Write("b");
    }

    [Fact]
    public async Task A_stateless_worker_has_at_most_as_many_activations_as_it_says()
    {
        scene.Hold("a", "b", "c");
        var three = cluster.Grain<IForemanGrain>(scene).DoThree();
        // Which two, nobody promises: one that was given to a busy worker waits for it.
        await Eventually.True(() => scene.Events.Length == 2, TestContext.Current.CancellationToken);
        scene.Release("a", "b", "c");
        Assert.Equal(2, await three);
        Assert.Equal(["a out", "b out", "c out"], scene.Events.Where(e => e.EndsWith("out", StringComparison.Ordinal)).Order());
        Assert.EndsWith("out", scene.Events[2], StringComparison.Ordinal);
    }
}
