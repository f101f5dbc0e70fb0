using Dapper;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Objects;

/// <summary>
/// Deletes orphaned files (no row refers to them), unfinished uploads, and pending rows left by a crash. Safe to run at any time and on several
/// silos at once, because each deletion holds the file's advisory lock.
/// </summary>
public sealed class ObjectSweep(Postgres postgres, IObjectStore objects, ObjectKeeper keeper, TimeProvider time, ILogger<ObjectSweep> log) : ISweep
{
    /// <summary>Younger files may belong to an upload whose row is about to be committed.</summary>
    private static readonly TimeSpan OrphanAge = TimeSpan.FromDays(1);

    /// <summary>
    /// Staged bytes may be an upload that is acknowledged and not read yet, or under way for up to two days: longer than a reader is ever away.
    /// </summary>
    private static readonly TimeSpan StagedAge = TimeSpan.FromDays(7);

    private const int Batch = 200;

    public async Task Sweep(CancellationToken cancel)
    {
        var before = time.GetUtcNow() - OrphanAge;
        await postgres.Run(connection => connection.ExecuteAsync("DELETE FROM pending_objects WHERE created_at < @before", new { before }));
        var orphans = await PurgeOrphans(before, cancel);
        var staged = await objects.SweepStagingAsync(StagedAge, cancel);
        if (orphans + staged > 0)
            log.Swept(orphans, staged);
    }

    private async Task<int> PurgeOrphans(DateTimeOffset before, CancellationToken cancel)
    {
        List<string> batch = [];
        var purged = 0;
        await foreach (var stored in objects.ListAsync(cancel))
        {
            if (stored.StoredAt >= before)
                continue;
            batch.Add(stored.Key.ToString());
            if (batch.Count < Batch)
                continue;
            purged += await PurgeUnreferenced(batch, cancel);
            batch.Clear();
        }

        return purged + await PurgeUnreferenced(batch, cancel);
    }

    private async Task<int> PurgeUnreferenced(List<string> keys, CancellationToken cancel)
    {
        var orphans = (await postgres.Run(connection => connection.QueryAsync<string>(
            "SELECT key FROM unnest(@keys) AS stored (key) WHERE NOT EXISTS (SELECT FROM object_references WHERE object_key = key)",
            new { keys = keys.ToArray() }))).AsList();
        foreach (var text in orphans)
            if (ObjectKey.TryParse(text, out var key))
                await keeper.Purge(key, static _ => Task.FromResult(0), cancel);
        return orphans.Count;
    }
}
