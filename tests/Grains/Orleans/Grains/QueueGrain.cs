using Orleans.Concurrency;
using Orleans.Placement;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>Every method logs "x in", passes the gate x, logs "x out".</summary>
[Alias("test.IQueueGrain")]
public interface IQueueGrain : IGrainWithGuidKey
{
    [Alias("Write")]
    Task Write(string name);

    [Alias("Read"), ReadOnly]
    Task Read(string name);

    [Alias("Peek"), AlwaysInterleave]
    Task Peek(string name);

    [Alias("Impatient"), ResponseTimeout("00:00:01")]
    Task Impatient(string name);

    [Alias("Cancellable")]
    Task Cancellable(string name, CancellationToken cancellationToken);

    /// <summary>The same beside whatever else runs.</summary>
    [Alias("CancellableAside"), AlwaysInterleave]
    Task CancellableAside(string name, CancellationToken cancellationToken);

    [Alias("Tell"), OneWay]
    Task Tell(string name);

    [Alias("TellAndThrow"), OneWay]
    Task TellAndThrow(string name);

    [Alias("Fail")]
    Task<string> Fail(bool afterAwait);

    /// <summary>The silo that it is on.</summary>
    [Alias("Silo"), AlwaysInterleave]
    Task<string> Silo();
}

[GrainType("test-queue"), RandomPlacement]
public sealed class QueueGrain(ILocalSiloDetails silo) : Grain, IQueueGrain
{
    Scene Scene => Scene.Of(this.GetPrimaryKey());

    public Task Write(string name) => Through(name);

    public Task Read(string name) => Through(name);

    public Task Peek(string name) => Through(name);

    public Task Impatient(string name) => Through(name);

    public async Task Cancellable(string name, CancellationToken cancellationToken)
    {
        Scene.Log($"{name} in");
        await Scene.Pass(name);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Scene.Log($"{name} cancelled");
            throw;
        }
    }

    public Task CancellableAside(string name, CancellationToken cancellationToken) => Cancellable(name, cancellationToken);

    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToString());

    public Task Tell(string name) => Through(name);

    public async Task TellAndThrow(string name)
    {
        await Through(name);
        throw new ProbeException("nobody hears this");
    }

    public async Task<string> Fail(bool afterAwait)
    {
        if (afterAwait)
            await Task.Yield();
        throw new ProbeException("it failed");
    }

    async Task Through(string name)
    {
        Scene.Log($"{name} in");
        await Scene.Pass(name);
        Scene.Log($"{name} out");
    }
}

[Alias("test.IReentrantGrain")]
public interface IReentrantGrain : IGrainWithGuidKey
{
    [Alias("Write")]
    Task Write(string name);
}

[GrainType("test-reentrant"), Reentrant]
public sealed class ReentrantGrain : Grain, IReentrantGrain
{
    public async Task Write(string name)
    {
        var scene = Scene.Of(this.GetPrimaryKey());
        scene.Log($"{name} in");
        await scene.Pass(name);
        scene.Log($"{name} out");
    }
}

/// <summary>Two grains that ask each other, which neither can answer.</summary>
[Alias("test.ICycleGrain")]
public interface ICycleGrain : IGrainWithGuidKey
{
    /// <summary>Asks <paramref name="other"/> to ask this grain; the answer is what became of that.</summary>
    [Alias("Ask")]
    Task<string> Ask(Guid other);

    [Alias("AskBack")]
    Task<string> AskBack(Guid asker);

    [Alias("Answer"), ResponseTimeout("00:00:01")]
    Task Answer();
}

[GrainType("test-cycle")]
public sealed class CycleGrain : Grain, ICycleGrain
{
    public Task<string> Ask(Guid other) => GrainFactory.GetGrain<ICycleGrain>(other).AskBack(this.GetPrimaryKey());

    public async Task<string> AskBack(Guid asker)
    {
        try
        {
            await GrainFactory.GetGrain<ICycleGrain>(asker).Answer();
            return "answered";
        }
        catch (TimeoutException error)
        {
            return error.Message;
        }
    }

    public Task Answer() => Task.CompletedTask;
}
