using Orleans.Concurrency;

namespace GifShare.Grains.Tests.Orleans;

[Alias("test.IWorkerGrain")]
public interface IWorkerGrain : IGrainWithGuidKey
{
    [Alias("Work")]
    Task<Guid> Work(string name);
}

/// <summary>At most two per silo.</summary>
[GrainType("test-worker"), StatelessWorker(2)]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    readonly Guid activation = Guid.CreateVersion7();

    public async Task<Guid> Work(string name)
    {
        var scene = Scene.Of(this.GetPrimaryKey());
        scene.Log($"{name} in");
        await scene.Pass(name);
        scene.Log($"{name} out");
        return activation;
    }
}

[Alias("test.IForemanGrain")]
public interface IForemanGrain : IGrainWithGuidKey
{
    /// <summary>Lets the workers of its silo do three things at once; the answer is how many there were.</summary>
    [Alias("DoThree")]
    Task<int> DoThree();
}

[GrainType("test-foreman")]
public sealed class ForemanGrain : Grain, IForemanGrain
{
    public async Task<int> DoThree()
    {
        var workers = GrainFactory.GetGrain<IWorkerGrain>(this.GetPrimaryKey());
        var who = await Task.WhenAll(workers.Work("a"), workers.Work("b"), workers.Work("c"));
        return who.Distinct().Count();
    }
}
