using System.Collections.Concurrent;
using Orleans.Concurrency;

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

[Alias("test.IReadersGrain")]
public interface IReadersGrain : IGrainWithGuidKey
{
    [Alias("Read"), ReadOnly]
    Task Read();

    [Alias("Write")]
    Task Write();

    /// <summary>How often a writer was not alone.</summary>
    [Alias("Broken")]
    Task<int> Broken();
}

[GrainType("test-readers")]
public sealed class ReadersGrain : Grain, IReadersGrain
{
    int readers;
    int writers;
    int broken;

    public async Task Read()
    {
        broken += writers > 0 ? 1 : 0;
        readers++;
        await Task.Yield();
        readers--;
    }

    public async Task Write()
    {
        broken += writers > 0 || readers > 0 ? 1 : 0;
        writers++;
        await Task.Yield();
        writers--;
    }

    public Task<int> Broken() => Task.FromResult(broken);
}
