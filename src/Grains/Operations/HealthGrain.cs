using GifShare.Operations;
using Orleans.Concurrency;

namespace GifShare.Grains.Operations;

/// <summary>A stateless worker runs on the silo that a frontend is connected to, so no other silo can make the answer late.</summary>
[GrainType("health"), StatelessWorker(1)]
public sealed class HealthGrain : Grain, IHealthGrain
{
    public Task Answer() => Task.CompletedTask;
}
