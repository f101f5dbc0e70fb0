using System.Diagnostics;
using System.Globalization;
using GifShare.Fixtures;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>engine.md, Semantics 1: turns, and what flows into them.</summary>
public sealed class TurnTests(OrleansCluster cluster)
{
    [Fact]
    public async Task Code_runs_on_the_scheduler_of_its_activation_and_comes_back_to_it()
    {
        var facts = await cluster.Grain<ITurnGrain>(Scene.New()).Facts();
        Assert.Equal(new TurnFacts(HasSynchronizationContext: false, OnOwnScheduler: true, BackAfterYield: true, TaskRunLeaves: true, BackAfterTaskRun: true), facts);
    }

    [Fact]
    public async Task Turns_never_overlap_even_when_requests_interleave()
    {
        var grain = cluster.Grain<ITurnGrain>(Scene.New());
        var overlaps = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => grain.Step(200)));
        Assert.Equal(0, overlaps.Sum());
    }

    [Fact]
    public async Task No_ambient_state_of_an_outside_caller_arrives()
    {
        TurnGrain.Local.Value = "the caller's";
        CultureInfo.CurrentCulture = TurnGrain.Comma();
        using var activity = new Activity("caller").Start();
        var facts = await cluster.Grain<ITurnGrain>(Scene.New()).Ambient();
        Assert.NotEqual(activity.TraceId.ToString(), facts.TraceId);
        Assert.Equal(new AmbientFacts(null, "1.5", facts.TraceId, null), facts);
    }

    [Fact]
    public async Task No_ambient_state_of_a_calling_grain_arrives_but_its_request_context_does()
    {
        var facts = await cluster.Grain<ITurnGrain>(Scene.New()).AmbientThrough(Guid.CreateVersion7());
        Assert.Equal(new AmbientFacts(null, "1.5/1,5", "not the caller's", "through"), facts);
    }

    [Fact]
    public async Task The_request_context_flows_in_and_never_back()
    {
        var grain = cluster.Grain<ITurnGrain>(Scene.New());
        RequestContext.Set("who", "me");
        Assert.Equal("me", await grain.Overwrite("you"));
        Assert.Equal("me", RequestContext.Get("who"));
        RequestContext.Clear();
        Assert.Null(await grain.Overwrite("nobody"));
    }

    [Fact]
    public async Task A_timer_starts_without_the_context_of_who_registered_it()
    {
        var scene = Scene.New();
        RequestContext.Set("who", "me");
        await cluster.Grain<ITurnGrain>(scene).AmbientInTimer();
        RequestContext.Clear();
        await Eventually.True(() => scene.Events.Length == 1, TestContext.Current.CancellationToken);
        Assert.Equal("timer sees nothing and nothing", scene.Events.Single());
    }

    [Fact]
    public async Task A_trace_goes_on_when_activity_propagation_is_on()
    {
        using var listener = OrleansCluster.Listen();
        await using var own = await TestCluster.StartAsync(silo => silo.AddActivityPropagation());
        var facts = await own.Client.GetGrain<ITracingGrain>(Guid.CreateVersion7()).Trace(Guid.CreateVersion7());
        Assert.Equal(facts.Split('/')[0], facts.Split('/')[1]);
    }
}
