using Orleans;
using Orleans.Runtime;

namespace GifShare.EmbeddedSilo;

[GrainType("gifshare.management"), Orleans.Concurrency.Reentrant]
sealed class ManagementGrain(Silo silo) : Grain, IManagementGrain
{
    public Task ForceActivationCollection(TimeSpan ageLimit) => silo.CollectAsync(ageLimit);

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult(silo.Types.Classes
        .Where(c => c.Type.Assembly != typeof(Silo).Assembly)
        .Select(c => new SimpleGrainStatistic { GrainType = c.Type.FullName!, ActivationCount = c.Activations.Count(a => a.IsActive) })
        .Where(s => s.ActivationCount > 0).ToArray());

    public Task<int> GetTotalActivationCount() => Task.FromResult(silo.Activations.Count(a => a.IsActive));
}
