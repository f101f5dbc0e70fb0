using Dapper;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Media;

/// <summary>
/// Ends uploads that expired, and deletes media that nothing was made of for long, used ones whose objects no other row refers to any more, and those of
/// accounts that are gone for good. Everything goes through the media's grain. Safe to run at any time, on several silos at once.
/// </summary>
public sealed class MediaSweep(Postgres postgres, IGrainFactory grains, IOptions<MediaOptions> options, TimeProvider time, ILogger<MediaSweep> log) : ISweep
{
    private const int Batch = 200;

    private static readonly TimeSpan UndoWindow = TimeSpan.FromDays(30);

    public async Task Sweep(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var expired = await Each(
            $"SELECT media_id AS Id, NULL::uuid AS Owner FROM uploads WHERE expires_at < @now AND due_at IS NULL ORDER BY expires_at LIMIT {Batch}",
            new { now },
            static (media, _) => media.Expire(),
            cancel);
        _ = await Each(
            $"SELECT u.media_id AS Id, NULL::uuid AS Owner FROM uploads u JOIN media m ON m.id = u.media_id WHERE m.status = 'pending' AND u.sent = m.size LIMIT {Batch}",
            new { },
            static (media, _) => media.FinishChunks(),
            cancel);
        var deleted = await Each(
            $"""
            SELECT m.id AS Id, m.owner_id AS Owner FROM media m JOIN users u ON u.id = m.owner_id
            WHERE (m.updated_at < @unused AND m.status IN ('ready', 'failed') AND (NOT m.is_used
                    OR NOT EXISTS (SELECT FROM object_references o WHERE o.object_key = m.object_key OFFSET 1)))
                OR u.deleted_at < @gone
            ORDER BY m.id LIMIT {Batch}
            """,
            new { unused = now.AddDays(-options.Value.UnusedDays), gone = now - UndoWindow },
            static async (media, owner) => _ = await media.Delete(owner),
            cancel);
        if (expired + deleted > 0)
            log.Swept(expired, deleted);
    }

    private async Task<int> Each(string query, object parameters, Func<GifShare.Media.IMediaGrain, UserId, Task> act, CancellationToken cancel)
    {
        var rows = (await postgres.Run(connection => connection.QueryAsync<(Guid Id, Guid? Owner)>(query, parameters))).AsList();
        foreach (var (id, owner) in rows)
        {
            cancel.ThrowIfCancellationRequested();
            await act(grains.Media(new(id)), new(owner ?? default));
        }

        return rows.Count;
    }
}
