namespace GifShare.Grains.Tests.Orleans;

[Alias("test.ITimerGrain")]
public interface ITimerGrain : IGrainWithGuidKey
{
    /// <summary>Ticks every 10 ms, passing the gate "tick", while this call passes the gate "call".</summary>
    [Alias("TickWhileBusy")]
    Task TickWhileBusy(bool interleave);

    /// <summary>Its first tick throws.</summary>
    [Alias("TickAndThrow")]
    Task TickAndThrow();

    /// <summary>Stops ticking after the third.</summary>
    [Alias("TickThrice")]
    Task TickThrice();

    [Alias("Greet")]
    Task<string> Greet();

    [Alias("Break")]
    Task Break();
}

[GrainType("test-timer")]
public sealed class TimerGrain : Grain, ITimerGrain, IFiltered
{
    static readonly TimeSpan Often = TimeSpan.FromMilliseconds(10);

    Scene Scene => Scene.Of(this.GetPrimaryKey());

    public async Task TickWhileBusy(bool interleave)
    {
        this.RegisterGrainTimer(async _ =>
        {
            Scene.Log("tick in");
            await Scene.Pass("tick");
            Scene.Log("tick out");
        }, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Often, Interleave = interleave });
        Scene.Log("call in");
        await Scene.Pass("call");
        Scene.Log("call out");
    }

    public Task TickAndThrow()
    {
        this.RegisterGrainTimer(() =>
        {
            Scene.Log("tick");
            return Scene.CountOf("tick") == 1 ? throw new InvalidOperationException("the first tick fails") : Task.CompletedTask;
        }, TimeSpan.Zero, Often);
        return Task.CompletedTask;
    }

    public Task TickThrice()
    {
        IGrainTimer? timer = null;
        timer = this.RegisterGrainTimer(() =>
        {
            Scene.Log("tick");
            if (Scene.CountOf("tick") == 3)
                timer!.Dispose();
            return Task.CompletedTask;
        }, TimeSpan.Zero, Often);
        return Task.CompletedTask;
    }

    public Task<string> Greet() => Task.FromResult("hello");

    public Task Break() => throw new InvalidOperationException("internal detail");
}
