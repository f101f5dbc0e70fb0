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

    /// <summary>More files than these, and more than a tenth of those compared, are not lost or orphaned: it is another store than the database's.</summary>
    private const int Credible = 10, CredibleShare = 10;

    /// <summary>So many differences are held in memory before they are mended.</summary>
    private const int MostDifferences = 100_000;

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
        // All are compared before anything is changed: in a wrong bucket, somebody else's files would look like orphans.
        List<short> compared = [];
        List<ObjectKey> missing = [], orphans = [];
        var (referenced, stored) = (0L, 0L);
        foreach (var shard in due)
        {
            if (time.GetUtcNow() - now > Budget || missing.Count + orphans.Count > MostDifferences)
                break;
            var found = await comparison.Compare((byte)shard, now - Day, cancel);
            referenced += found.Referenced;
            stored += found.Stored;
            missing.AddRange(found.Missing);
            orphans.AddRange(found.Orphans);
            compared.Add(shard);
        }

        if (IsIncredible(missing.Count, referenced) || IsIncredible(orphans.Count, stored))
        {
            log.WrongStore(missing.Count, referenced, orphans.Count, stored);
            return;
        }

        foreach (var key in missing)
            await RecordLost(key, cancel);
        await Compared(compared);
        var purged = 0;
        foreach (var batch in orphans.Chunk(Batch))
            purged += await Purge(batch, cancel);
        if (purged + missing.Count > 0)
            log.Reconciled(purged, missing.Count);
    }

    /// <summary>Forgets losses of files that are there again, or that nothing refers to any more.</summary>
    private async Task Recover(CancellationToken cancel)
    {
        foreach (var name in await postgres.Run(static connection => connection.QueryAsync<string>("SELECT object_key FROM lost_objects ORDER BY random() LIMIT 1000")))
        {
            if (!ObjectKey.TryParse(name, out var key) || await objects.ExistsAsync(key, cancel)
                || !await postgres.Run(connection => connection.ExecuteScalarAsync<bool>(ObjectKeeper.IsReferenced, new { key = name })))
                await postgres.Run(connection => connection.ExecuteAsync("DELETE FROM lost_objects WHERE object_key = @name", new { name }));
        }
    }

    private static bool IsIncredible(long count, long of) => count > Credible && count * CredibleShare > of;

    /// <summary>Under the file's lock, since somebody may be storing it again.</summary>
    private Task RecordLost(ObjectKey key, CancellationToken cancel) => postgres.InTransaction(async connection =>
    {
        await ObjectKeeper.Lock(connection, key);
        if (await objects.ExistsAsync(key, cancel) || !await connection.ExecuteScalarAsync<bool>(ObjectKeeper.IsReferenced, new { key = key.ToString() }))
            return;
        log.FileLost(key.ToString());
        await connection.ExecuteAsync("INSERT INTO lost_objects (object_key, noticed_at) VALUES (@key, @now) ON CONFLICT DO NOTHING", new { key = key.ToString(), now = time.GetUtcNow() });
    });

    private Task<int> Compared(List<short> shards) => postgres.Run(connection => connection.ExecuteAsync(
        """
        INSERT INTO object_shards (shard, compared_at) SELECT shard, @now FROM unnest(@shards) AS shard
        ON CONFLICT (shard) DO UPDATE SET compared_at = @now
        """,
        new { shards = shards.ToArray(), now = time.GetUtcNow() }));

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
