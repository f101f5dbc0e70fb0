using Dapper;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Finishes tellings that were cut short. Ends what nobody can bring back: gifs past their undo window (their own or their owner's), stored bytes that no row refers to, and uploads
/// that never finished. Safe to run at any time, on several silos at once: each object's advisory lock orders it with uploads.
/// </summary>
public sealed class GifSweep(Postgres postgres, IObjectStore objects, IGrainFactory grains, TimeProvider time, ILogger<GifSweep> log) : ISweep
{
    /// <summary>Bytes younger than this may belong to an upload whose row is about to be committed.</summary>
    private static readonly TimeSpan OrphanAge = TimeSpan.FromDays(1);

    private const int Batch = 200;

    /// <summary>Every kind of row that refers to stored bytes; a new kind is added here.</summary>
    private const string IsReferenced =
        "EXISTS (SELECT FROM gifs WHERE object_key = o.key) OR EXISTS (SELECT FROM users WHERE avatar_key = o.key)";

    public async Task Sweep(CancellationToken cancel)
    {
        await FinishTellings(cancel);
        var gifs = await PurgeGifs(cancel);
        var orphans = await PurgeOrphans(cancel);
        var staged = await objects.SweepStagingAsync(OrphanAge, cancel);
        if (gifs + orphans + staged > 0)
            log.Swept(gifs, orphans, staged);
    }

    private async Task FinishTellings(CancellationToken cancel)
    {
        foreach (var id in await postgres.Run(static connection => connection.QueryAsync<Guid>("SELECT id FROM gifs WHERE telling_due LIMIT 100")))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                await grains.Gif(new(id)).FinishTelling();
            }
            catch (Exception e) when (e is GrainFaultedException || GrainFaultedException.IsUnavailable(e))
            {
                log.TellingPostponed(new(id), e.Message);
            }
        }
    }

    private async Task<int> PurgeGifs(CancellationToken cancel)
    {
        const string due = "(g.deleted_at < @before OR EXISTS (SELECT FROM users u WHERE u.id = g.owner_id AND u.deleted_at < @before))";
        var before = time.GetUtcNow() - GifRules.UndoWindow;
        var purged = 0;
        while (true)
        {
            var rows = (await postgres.Run(connection => connection.QueryAsync<(Guid Id, string? Key)>(
                $"SELECT g.id, g.object_key FROM gifs g WHERE {due} ORDER BY g.id LIMIT {Batch}", new { before }))).AsList();
            foreach (var (id, text) in rows)
            {
                cancel.ThrowIfCancellationRequested();
                await Purge(text, connection => connection.ExecuteAsync($"DELETE FROM gifs g WHERE g.id = @id AND {due}", new { id, before }), cancel);
                purged++;
            }

            if (rows.Count < Batch)
                return purged;
        }
    }

    private async Task<int> PurgeOrphans(CancellationToken cancel)
    {
        var before = time.GetUtcNow() - OrphanAge;
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
            $"SELECT o.key FROM unnest(@keys) AS o (key) WHERE NOT ({IsReferenced})", new { keys = keys.ToArray() }))).AsList();
        foreach (var key in orphans)
            await Purge(key, static _ => Task.FromResult(0), cancel);
        return orphans.Count;
    }

    /// <summary>Deletes rows, and the bytes when no row refers to them any more, under the lock of the bytes.</summary>
    private Task Purge(string? text, Func<Npgsql.NpgsqlConnection, Task<int>> deleteRows, CancellationToken cancel) =>
        postgres.InTransaction(async connection =>
        {
            if (!ObjectKey.TryParse(text, out var key))
            {
                await deleteRows(connection);
                return;
            }

            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@lockId)", new { lockId = key.LockId });
            await deleteRows(connection);
            if (!await connection.ExecuteScalarAsync<bool>($"SELECT {IsReferenced} FROM (SELECT @text AS key) o", new { text })
                && await BytesKept.MayDelete(connection))
                await objects.DeleteAsync(key, cancel);
        });
}
