using GifShare.Grains.Operations;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Collections;

/// <summary>
/// Purges collections, items and links whose soft delete is older than 30 days. Views of links stay, in rows per day. Idempotent, in small batches.
/// </summary>
public sealed class CollectionSweep(Postgres postgres, TimeProvider time, ILogger<CollectionSweep> log) : ISweep
{
    public async Task Sweep(CancellationToken cancel)
    {
        var cutoff = time.GetUtcNow() - CollectionLimits.Undo;
        var collections = await Repeat("DELETE FROM collections WHERE deleted_at < $1 AND id IN (SELECT id FROM collections WHERE deleted_at < $1 LIMIT 20)", cutoff, 20, cancel);
        var items = await Repeat(
            """
            DELETE FROM collection_items i USING (SELECT collection_id, gif_id FROM collection_items WHERE removed_at < $1 LIMIT 1000) t
            WHERE i.collection_id = t.collection_id AND i.gif_id = t.gif_id AND i.removed_at < $1
            """,
            cutoff, 1000, cancel);
        var links = await Repeat("DELETE FROM share_links WHERE revoked_at < $1 AND id IN (SELECT id FROM share_links WHERE revoked_at < $1 LIMIT 1000)", cutoff, 1000, cancel);
        if (collections + items + links > 0)
            CollectionsLog.Purged(log, collections, items, links);
    }

    private async Task<int> Repeat(string sql, DateTimeOffset cutoff, int piece, CancellationToken cancel)
    {
        var total = 0;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var done = await postgres.Run(connection => connection.Execute(sql, cutoff));
            total += done;
            if (done < piece)
                return total;
        }
    }
}
