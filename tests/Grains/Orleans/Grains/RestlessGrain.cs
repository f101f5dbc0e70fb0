using System.Collections.Concurrent;

namespace GifShare.Grains.Tests.Orleans;

[Alias("test.IRestlessGrain")]
public interface IRestlessGrain : IGrainWithGuidKey
{
    /// <summary>Always 1.</summary>
    [Alias("Run")]
    Task<int> Run(bool endAfterwards);
}

/// <summary>Logs "side by side" when two of its activations, or two of its requests, live at once.</summary>
[GrainType("test-restless")]
public sealed class RestlessGrain : Grain, IRestlessGrain
{
    static readonly ConcurrentDictionary<Guid, RestlessGrain> Living = new();

    bool running;

    Scene Scene => Scene.Of(this.GetPrimaryKey());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Scene.Log(Living.TryAdd(this.GetPrimaryKey(), this) ? "activated" : "side by side");
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Living.TryRemove(this.GetPrimaryKey(), out _);
    }

    public async Task<int> Run(bool endAfterwards)
    {
        Scene.Log(running ? "side by side" : "run");
        running = true;
        if (endAfterwards)
            DeactivateOnIdle();
        await Task.Yield();
        running = false;
        return 1;
    }
}
