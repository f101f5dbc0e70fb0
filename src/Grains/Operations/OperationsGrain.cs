using GifShare.Operations;
using Orleans.Concurrency;

namespace GifShare.Grains.Operations;

/// <summary>Keeps the latest report of each silo, in memory only: the next reports rebuild it.</summary>
[GrainType("operations"), Reentrant]
public sealed class OperationsGrain(IAdministrators administrators, TimeProvider time) : Grain, IOperationsGrain
{
    private const int MaxSilos = 256;
    private const int SilentIntervals = 4;

    private readonly Dictionary<Guid, (SiloReport Report, DateTimeOffset At)> silos = [];

    public Task Report(SiloReport report)
    {
        DropSilent();
        if (silos.ContainsKey(report.Silo) || silos.Count < MaxSilos)
            silos[report.Silo] = (report, time.GetUtcNow());
        return Task.CompletedTask;
    }

    public async Task<Result<OperationsView>> Read(UserId caller, SessionId session)
    {
        if (!await administrators.Includes(caller, session))
            return Error.NotFound;
        DropSilent();
        return Summary.Of(silos.Values.Select(static silo => silo.Report), time.GetUtcNow());
    }

    private void DropSilent()
    {
        var now = time.GetUtcNow();
        foreach (var (silo, (report, at)) in silos)
            if (now - at > report.Interval * SilentIntervals)
                silos.Remove(silo);
    }
}
