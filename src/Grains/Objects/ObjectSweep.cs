using Dapper;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Objects;

/// <summary>Deletes pending rows left by a crash, staged bytes and unfinished uploads, by age. Safe to run at any time and on several silos at once.</summary>
public sealed class ObjectSweep(Postgres postgres, IObjectStore objects, TimeProvider time, ILogger<ObjectSweep> log) : ISweep
{
    private static readonly TimeSpan PendingAge = TimeSpan.FromDays(1);

    /// <summary>An upload may be under way for two days; what rows name is left out whatever its age.</summary>
    private static readonly TimeSpan StagedAge = TimeSpan.FromDays(7);

    public async Task Sweep(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await postgres.Run(connection => connection.ExecuteAsync("DELETE FROM pending_objects WHERE created_at < @before", new { before = now - PendingAge }));
        var named = await postgres.Run(connection =>
            connection.QueryAsync<string>("SELECT token FROM staged_references WHERE created_at < @before", new { before = now - StagedAge }));
        var staged = await objects.SweepStagingAsync(StagedAge, named.ToHashSet(), cancel);
        if (staged > 0)
            log.Swept(staged);
    }
}
