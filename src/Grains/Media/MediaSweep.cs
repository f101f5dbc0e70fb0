using Dapper;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Media;

/// <summary>
/// Ends uploads that expired, and deletes media that nothing was made of for long, and those of accounts that are gone for good; a used one goes with what
/// was made of it (<see cref="MediaStore.Forget"/>). Everything goes through the media's grain. Safe to run at any time, on several silos at once.
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
            $"SELECT id AS Id, owner_id AS Owner FROM media WHERE updated_at < @unused AND status IN ('ready', 'failed') AND NOT is_used ORDER BY updated_at LIMIT {Batch}",
            new { unused = now.AddDays(-options.Value.UnusedDays) },
            static async (media, owner) => _ = await media.Delete(owner),
            cancel);
        deleted += await Each(
            $"SELECT m.id AS Id, m.owner_id AS Owner FROM users u JOIN media m ON m.owner_id = u.id WHERE u.deleted_at < @gone LIMIT {Batch}",
            new { gone = now - UndoWindow },
            static async (media, owner) => _ = await media.Delete(owner),
            cancel);
        if (expired + deleted > 0)
            log.Swept(expired, deleted);
    }

    private async Task<int> Each(string query, object parameters, Func<GifShare.Media.IMediaGrain, UserId, Task> act, CancellationToken cancel)
    {
        var rows = (await postgres.Run(connection => connection.QueryAsync<(Guid Id, Guid? Owner)>(query, parameters))).AsList();
        var done = 0;
        foreach (var (id, owner) in rows)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                await act(grains.Media(new(id)), new(owner ?? default));
                done++;
            }
            catch (Exception e) when (e is GrainFaultedException || GrainFaultedException.IsUnavailable(e))
            {
                // One that cannot be joined or deleted now must not stop the others.
                log.SweepPostponed(new(id), e.Message);
            }
        }

        return done;
    }
}
