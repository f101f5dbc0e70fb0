using Dapper;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Objects;

/// <summary>
/// Once a day, in shards, compares rows and store and mends what differs: deletes files that no row refers to, and records files that rows refer to and
/// the store has lost (<c>lost_objects</c>), for features to say so. Safe to run at any time and on several silos at once: each deletion holds the file's
/// advisory lock.
/// </summary>
public sealed class ObjectReconciler(Postgres postgres, IObjectStore objects, ObjectKeeper keeper, TimeProvider time, ILogger<ObjectReconciler> log) : ISweep
{
    /// <summary>Younger files without rows may belong to an upload whose row is about to be written. Also how often a shard is compared.</summary>
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Shards begin for so long in one sweep; the others have their turn in the next.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMinutes(2);

    /// <summary>More missing files than these, and more than a tenth of a shard, are no lost files but a wrong folder or bucket.</summary>
    private const int CredibleLosses = 10, CredibleShare = 10;

    private const int Batch = 200;

    private readonly ObjectComparison comparison = new(objects, shard => postgres.Run(connection => ObjectComparison.References(connection, shard)));

    public async Task Sweep(CancellationToken cancel)
    {
        await Recover(cancel);
        var now = time.GetUtcNow();
        var due = await postgres.Run(connection => connection.QueryAsync<short>(
            """
            SELECT shard FROM generate_series(0, 255) AS shard LEFT JOIN object_shards USING (shard)
            WHERE compared_at IS NULL OR compared_at <= @due ORDER BY compared_at NULLS FIRST, shard
            """,
            new { due = now - Day }));
        var (orphans, lost) = (0, 0);
        foreach (var shard in due)
        {
            if (time.GetUtcNow() - now > Budget)
                break;
            var found = await comparison.Compare((byte)shard, now - Day, cancel);
            if (found.Missing.Count > CredibleLosses && found.Missing.Count * CredibleShare > found.Referenced)
            {
                log.WrongStore(found.Missing.Count, found.Referenced, $"{shard:x2}");
                return;
            }

            foreach (var batch in found.Orphans.Chunk(Batch))
                orphans += await Purge(batch, cancel);
            foreach (var key in found.Missing)
                log.FileLost(key.ToString());
            lost += found.Missing.Count;
            await Record(shard, found.Missing);
        }

        if (orphans + lost > 0)
            log.Reconciled(orphans, lost);
    }

    /// <summary>Forgets losses of files that are there again, or that nothing refers to any more.</summary>
    private async Task Recover(CancellationToken cancel)
    {
        foreach (var name in await postgres.Run(static connection => connection.QueryAsync<string>("SELECT object_key FROM lost_objects ORDER BY noticed_at DESC LIMIT 1000")))
        {
            if (!ObjectKey.TryParse(name, out var key) || await objects.ExistsAsync(key, cancel)
                || !await postgres.Run(connection => connection.ExecuteScalarAsync<bool>(ObjectKeeper.IsReferenced, new { key = name })))
                await postgres.Run(connection => connection.ExecuteAsync("DELETE FROM lost_objects WHERE object_key = @name", new { name }));
        }
    }

    private Task<int> Record(short shard, IReadOnlyList<ObjectKey> missing) => postgres.InTransaction(connection => connection.ExecuteAsync(
        """
        INSERT INTO lost_objects (object_key, noticed_at) SELECT key, @now FROM unnest(@keys) AS key ON CONFLICT DO NOTHING;
        INSERT INTO object_shards (shard, compared_at) VALUES (@shard, @now) ON CONFLICT (shard) DO UPDATE SET compared_at = @now
        """,
        new { shard, now = time.GetUtcNow(), keys = missing.Select(key => key.ToString()).ToArray() }));

    private async Task<int> Purge(ObjectKey[] keys, CancellationToken cancel)
    {
        var orphans = (await postgres.Run(connection => connection.QueryAsync<string>(
            "SELECT key FROM unnest(@keys) AS stored (key) WHERE NOT EXISTS (SELECT FROM object_references WHERE object_key = key)",
            new { keys = keys.Select(key => key.ToString()).ToArray() }))).ToHashSet();
        foreach (var key in keys)
            if (orphans.Contains(key.ToString()))
                await keeper.Purge(key, static _ => Task.FromResult(0), cancel);
        return orphans.Count;
    }
}
