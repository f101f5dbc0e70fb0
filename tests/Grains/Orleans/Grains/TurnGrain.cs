using System.Diagnostics;
using System.Globalization;
using Orleans.Concurrency;

namespace GifShare.Grains.Tests.Orleans;

[Alias("test.ITurnGrain")]
public interface ITurnGrain : IGrainWithGuidKey
{
    [Alias("Facts")]
    Task<TurnFacts> Facts();

    /// <summary>Many small turns; the answer is how often two of them overlapped.</summary>
    [Alias("Step")]
    Task<int> Step(int turns);

    [Alias("Ambient")]
    ValueTask<AmbientFacts> Ambient();

    /// <summary>Sets ambient state of its own, then asks another grain what arrived there.</summary>
    [Alias("AmbientThrough")]
    Task<AmbientFacts> AmbientThrough(Guid other);

    /// <summary>Sets a request value; the answer is the one it found.</summary>
    [Alias("Overwrite")]
    Task<string?> Overwrite(string value);

    [Alias("AmbientInTimer")]
    Task AmbientInTimer();
}

[GrainType("test-turn"), Reentrant]
public sealed class TurnGrain : Grain, ITurnGrain
{
    public static readonly AsyncLocal<string?> Local = new();

    int inside;
    int overlaps;

    public async Task<TurnFacts> Facts()
    {
        var mine = TaskScheduler.Current;
        var hasContext = SynchronizationContext.Current is not null;
        await Task.Yield();
        var afterYield = ReferenceEquals(TaskScheduler.Current, mine);
        var inTaskRun = await Task.Run(() => TaskScheduler.Current);
        return new TurnFacts(hasContext, mine != TaskScheduler.Default, afterYield, inTaskRun == TaskScheduler.Default, ReferenceEquals(TaskScheduler.Current, mine));
    }

    public async Task<int> Step(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            if (Interlocked.Increment(ref inside) != 1)
                overlaps++;
            Thread.SpinWait(50);
            Interlocked.Decrement(ref inside);
            await Task.Yield();
        }
        return overlaps;
    }

    public ValueTask<AmbientFacts> Ambient() => new(Read());

    public async Task<AmbientFacts> AmbientThrough(Guid other)
    {
        Local.Value = "the caller's";
        CultureInfo.CurrentCulture = Comma();
        RequestContext.Set("who", "through");
        using var activity = new Activity("caller").Start();
        var facts = await GrainFactory.GetGrain<ITurnGrain>(other).Ambient();
        return facts with
        {
            Number = facts.Number + "/" + 1.5.ToString(CultureInfo.CurrentCulture),
            TraceId = facts.TraceId == activity.TraceId.ToString() ? "the caller's" : "not the caller's",
        };
    }

    public Task<string?> Overwrite(string value)
    {
        var found = RequestContext.Get("who") as string;
        RequestContext.Set("who", value);
        return Task.FromResult(found);
    }

    public Task AmbientInTimer()
    {
        Local.Value = "the registrar's";
        this.RegisterGrainTimer(_ =>
        {
            var facts = Read();
            Scene.Of(this.GetPrimaryKey()).Log($"timer sees {facts.AsyncLocal ?? "nothing"} and {facts.RequestValue ?? "nothing"}");
            return Task.CompletedTask;
        }, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    /// <summary>A culture that writes 1,5.</summary>
    public static CultureInfo Comma()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        return culture;
    }

    static AmbientFacts Read() => new(Local.Value, 1.5.ToString(CultureInfo.CurrentCulture),
        Activity.Current?.TraceId.ToString(), RequestContext.Get("who") as string);
}

[Alias("test.ITracingGrain")]
public interface ITracingGrain : IGrainWithGuidKey
{
    /// <summary>The trace id here and the trace id that <paramref name="other"/> saw, with a slash between.</summary>
    [Alias("Trace")]
    Task<string> Trace(Guid other);

    [Alias("TraceId")]
    Task<string> TraceId();
}

[GrainType("test-tracing")]
public sealed class TracingGrain : Grain, ITracingGrain
{
    public async Task<string> Trace(Guid other)
    {
        using var activity = new Activity("caller").Start();
        return $"{activity.TraceId}/{await GrainFactory.GetGrain<ITracingGrain>(other).TraceId()}";
    }

    public Task<string> TraceId() => Task.FromResult(Activity.Current?.TraceId.ToString() ?? "none");
}
