using Dapper;
using GifShare.Grains.Media;
using GifShare.Grains.Objects;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Completes interrupted notifications of followers, and purges gifs deleted (or whose owner was deleted) longer ago than the undo window, with
/// their bytes. Safe to run at any time, on several silos at once.
/// </summary>
public sealed class GifSweep(Postgres postgres, ObjectKeeper keeper, IGrainFactory grains, TimeProvider time, ILogger<GifSweep> log) : ISweep
{
    private const int Batch = 200;

    public async Task Sweep(CancellationToken cancel)
    {
        await FinishTellings(cancel);
        var gifs = await PurgeGifs(cancel);
        if (gifs > 0)
            log.Swept(gifs);
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
            var rows = (await postgres.Run(connection => connection.QueryAsync<(Guid Id, Guid Owner, string? Key)>(
                $"SELECT g.id, g.owner_id, g.object_key FROM gifs g WHERE {due} ORDER BY g.id LIMIT {Batch}", new { before }))).AsList();
            foreach (var (id, owner, text) in rows)
            {
                cancel.ThrowIfCancellationRequested();
                await Purge(text, async connection =>
                {
                    var deleted = await connection.ExecuteAsync($"DELETE FROM gifs g WHERE g.id = @id AND {due}", new { id, before });
                    var isLast = text is not null
                        && !await connection.ExecuteScalarAsync<bool>("SELECT EXISTS (SELECT FROM gifs WHERE owner_id = @owner AND object_key = @text)", new { owner, text });
                    return isLast ? deleted + await MediaStore.Forget(connection, new(owner), text!) : deleted;
                }, cancel);
                purged++;
            }

            if (rows.Count < Batch)
                return purged;
        }
    }

    private Task Purge(string? text, Func<NpgsqlConnection, Task<int>> deleteRows, CancellationToken cancel) =>
        ObjectKey.TryParse(text, out var key) ? keeper.Purge(key, deleteRows, cancel) : postgres.Run(deleteRows);
}
