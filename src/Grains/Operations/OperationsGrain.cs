using GifShare.Accounts;
using GifShare.Operations;
using Orleans.Concurrency;

namespace GifShare.Grains.Operations;

/// <summary>Keeps the last report of each silo. It knows nothing that the next reports would not tell it again.</summary>
[GrainType("operations"), Reentrant]
public sealed class OperationsGrain(TimeProvider time) : Grain, IOperationsGrain
{
    private const int MaxSilos = 256;
    private const int SilentIntervals = 4;

    // Counting activations walks over all of them; several operators may look at once.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Guid, (SiloReport Report, DateTimeOffset At)> silos = [];
    private IReadOnlyDictionary<string, long> activations = new Dictionary<string, long>();
    private DateTimeOffset activationsAt;

    public Task Report(SiloReport report)
    {
        DropSilent();
        if (silos.ContainsKey(report.Silo) || silos.Count < MaxSilos)
            silos[report.Silo] = (report, time.GetUtcNow());
        return Task.CompletedTask;
    }

    public async Task<Result<OperationsView>> Read(UserId caller, SessionId session)
    {
        if (await GrainFactory.User(caller).Admit(session, RequestKind.Read) is not { SessionAlive: true, IsAdmin: true })
            return Error.NotFound;
        if (time.GetUtcNow() - activationsAt >= Fresh)
        {
            activationsAt = time.GetUtcNow();
            activations = await CountActivations();
        }

        DropSilent();
        return Summary.Of(silos.Values.Select(static silo => silo.Report), activations, time.GetUtcNow());
    }

    private async Task<IReadOnlyDictionary<string, long>> CountActivations()
    {
        var statistics = await GrainFactory.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        return statistics
            // Orleans may append the assembly.
            .GroupBy(static statistic => statistic.GrainType.Split(',')[0])
            .Where(static group => group.Key.StartsWith("GifShare.", StringComparison.Ordinal))
            .ToDictionary(static group => group.Key, static group => group.Sum(static statistic => (long)statistic.ActivationCount));
    }

    private void DropSilent()
    {
        var now = time.GetUtcNow();
        foreach (var (silo, (report, at)) in silos)
            if (now - at > report.Interval * SilentIntervals)
                silos.Remove(silo);
    }
}
