using Dapper;
using GifShare.Grains.Media;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Passes what became of a media on to the gifs made of it, and shows media to those who see such a gif. The sweep makes up for a crash in between.
/// </summary>
internal sealed class GifMediaFollower(Postgres postgres, GifVisibility visibility, IGrainFactory grains, TimeProvider time) : IMediaFollower, IMediaAudience, ISweep
{
    private const int Batch = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public async Task Settled(MediaId media) =>
        await Settle(await Ids("SELECT id FROM gifs WHERE media_id = @media AND status = 'processing'", new { media = media.Value }));

    public async Task<bool> MaySee(UserId owner, ObjectKey key, UserId? caller)
    {
        var ids = await Ids("SELECT id FROM gifs WHERE owner_id = @owner AND object_key = @key AND deleted_at IS NULL", new { owner = owner.Value, key = key.ToString() });
        return ids.Count > 0 && (await postgres.Run(connection => visibility.LoadVisible(connection, ids, caller, via: null))).Count > 0;
    }

    public async Task Sweep(CancellationToken cancel) => await Settle(await Ids(
        $"""
        SELECT g.id FROM gifs g LEFT JOIN media m ON m.id = g.media_id
        WHERE g.status = 'processing' AND g.updated_at < @before AND (m.id IS NULL OR m.status IN ('ready', 'failed')) ORDER BY g.updated_at LIMIT {Batch}
        """,
        new { before = time.GetUtcNow() - Patience }));

    private async Task Settle(List<GifId> ids)
    {
        foreach (var id in ids)
            await grains.Gif(id).MediaSettled();
    }

    private async Task<List<GifId>> Ids(string query, object parameters) =>
        [.. (await postgres.Run(connection => connection.QueryAsync<Guid>(query, parameters))).Select(static id => new GifId(id))];
}
