using Orleans.Concurrency;
using Orleans.Placement;

namespace GifShare.Grains.Tests.Orleans;

/// <summary>Calls other grains from its own silo.</summary>
[Alias("test.IRelayGrain")]
public interface IRelayGrain : IGrainWithGuidKey
{
    /// <summary>The silo that it is on.</summary>
    [Alias("Silo"), AlwaysInterleave]
    Task<string> Silo();

    /// <summary>Asks <paramref name="target"/> to wait for its cancellation, which is this call's.</summary>
    [Alias("Cancellable"), AlwaysInterleave]
    Task Cancellable(Guid target, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Asks <paramref name="target"/>, which is busy, and takes it back; then the same with a "witness" that runs at once. Cancellations from
    /// one silo to another keep their order, so when the witness sees its own, the other has arrived.
    /// </summary>
    [Alias("TakeBack")]
    Task TakeBack(Guid target, string name);

    /// <summary>What arrives here when <paramref name="target"/> fails: the exception's type, and its code if it is ours.</summary>
    [Alias("Failure")]
    Task<string> Failure(Guid target, string what);

    /// <summary>The same for a grain that cannot be activated.</summary>
    [Alias("FailureToActivate")]
    Task<string> FailureToActivate(Guid target);

    [Alias("Tell")]
    Task Tell(Guid target, string name);
}

[GrainType("test-relay"), RandomPlacement]
public sealed class RelayGrain(ILocalSiloDetails silo) : Grain, IRelayGrain
{
    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToString());

    public Task Cancellable(Guid target, string name, CancellationToken cancellationToken) => GrainFactory.GetGrain<IQueueGrain>(target).Cancellable(name, cancellationToken);

    public async Task TakeBack(Guid target, string name)
    {
        var grain = GrainFactory.GetGrain<IQueueGrain>(target);
        using CancellationTokenSource first = new(), second = new();
        var call = grain.Cancellable(name, first.Token);
        var witness = grain.CancellableAside("witness", second.Token);
        await grain.Peek("look");
        await first.CancelAsync();
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => witness);
    }

    public Task<string> Failure(Guid target, string what) => Outcome(GrainFactory.GetGrain<IFaultyGrain>(target).Fail(what));

    public Task<string> FailureToActivate(Guid target) => Outcome(GrainFactory.GetGrain<IFragileGrain>(target).Ask());

    public Task Tell(Guid target, string name) => GrainFactory.GetGrain<IQueueGrain>(target).TellAndThrow(name);

    private static async Task<string> Outcome(Task call)
    {
        try
        {
            await call;
            return "no failure";
        }
        catch (Exception error)
        {
            return error is GrainFaultedException fault ? $"{nameof(GrainFaultedException)} {fault.Code}" : error.GetType().Name;
        }
    }
}
