using GifShare.Operations;
using Orleans.Concurrency;

namespace GifShare.Grains.Operations;

/// <summary>A stateless worker, so the call stays on the silo the frontend is connected to, and no other silo can delay the answer.</summary>
[GrainType("health"), StatelessWorker(1)]
public sealed class HealthGrain : Grain, IHealthGrain
{
    public Task Answer() => Task.CompletedTask;
}
