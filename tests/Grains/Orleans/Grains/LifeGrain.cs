using Orleans.Placement;

namespace GifShare.Grains.Tests.Orleans;

[Alias("test.ILifeGrain")]
public interface ILifeGrain : IGrainWithGuidKey
{
    /// <summary>Which activation this is; each has its own id.</summary>
    [Alias("Activation")]
    Task<Guid> Activation();

    /// <summary>The silo that it is on.</summary>
    [Alias("Silo")]
    Task<string> Silo();

    [Alias("End")]
    Task<Guid> End();

    /// <summary>Not idle for an hour.</summary>
    [Alias("Stay")]
    Task Stay();

    /// <summary>Passes the gate "work".</summary>
    [Alias("Work")]
    Task Work();

    /// <summary>Ticks every 20 ms.</summary>
    [Alias("Tick")]
    Task Tick(bool keepAlive);
}

/// <summary>Logs its beginning and end. The gates "activate" and "deactivate" hold it there; "fail" thrown once when the scene says so.</summary>
[GrainType("test-life"), RandomPlacement]
public sealed class LifeGrain(ILocalSiloDetails silo) : Grain, ILifeGrain, IAsyncDisposable
{
    readonly Guid activation = Guid.CreateVersion7();

    Scene Scene => Scene.Of(this.GetPrimaryKey());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Scene.Log("activating");
        await Scene.Pass("activate");
        if (Scene.CountOf("fail once") > 0 && Scene.CountOf("activating") == 1)
            throw new ProbeException("no life today");
        Scene.Log("activated");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Scene.Log("deactivating");
        await Scene.Pass("deactivate");
        Scene.Log($"deactivated: {reason.ReasonCode}");
        if (Scene.CountOf("fail at the end") > 0)
            throw new ProbeException("no good end");
    }

    public ValueTask DisposeAsync()
    {
        Scene.Log("disposed");
        return ValueTask.CompletedTask;
    }

    public Task<Guid> Activation() => Task.FromResult(activation);

    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToString());

    public Task<Guid> End()
    {
        DeactivateOnIdle();
        return Task.FromResult(activation);
    }

    public Task Stay()
    {
        DelayDeactivation(TimeSpan.FromHours(1));
        return Task.CompletedTask;
    }

    public async Task Work()
    {
        Scene.Log("work in");
        await Scene.Pass("work");
        Scene.Log("work out");
    }

    public Task Tick(bool keepAlive)
    {
        this.RegisterGrainTimer(() =>
        {
            Scene.Log("tick");
            return Task.CompletedTask;
        }, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = TimeSpan.FromMilliseconds(20), KeepAlive = keepAlive });
        return Task.CompletedTask;
    }
}
