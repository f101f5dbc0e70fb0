using Dapper;
using GifShare.Grains.Operations;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Shows gifs whose files are missing from the store as failed, and as ready when the files are there again (<c>lost_objects</c>). Their keys, texts and
/// places stay.
/// </summary>
public sealed class LostGifSweep(Postgres postgres, IGrainFactory grains, TimeProvider time) : ISweep
{
    private const int Batch = 200;

    public async Task Sweep(CancellationToken cancel)
    {
        List<Guid> ids;
        do
        {
            ids = (await postgres.Run(static connection => connection.QueryAsync<Guid>(
                $"""
                (SELECT g.id FROM lost_objects l JOIN gifs g ON g.object_key = l.object_key WHERE g.status = 'ready' LIMIT {Batch})
                UNION ALL
                (SELECT id FROM gifs g WHERE status = 'failed' AND object_key IS NOT NULL
                    AND NOT EXISTS (SELECT FROM lost_objects l WHERE l.object_key = g.object_key) LIMIT {Batch})
                """))).AsList();
            foreach (var id in ids)
            {
                cancel.ThrowIfCancellationRequested();
                await grains.Gif(new(id)).RecordFile();
            }
        }
        while (ids.Count >= Batch);
    }

    /// <summary>Records whether the gif's file is there.</summary>
    public Task<int> Record(GifId gif) => postgres.InTransaction(connection => Record(connection, gif.Value, time.GetUtcNow()));

    /// <summary>A gif's file was just stored again, in the caller's transaction.</summary>
    public static async Task Found(NpgsqlConnection connection, HeldGif gif, DateTimeOffset now)
    {
        await connection.ExecuteAsync("DELETE FROM lost_objects WHERE object_key = @What", new { gif.What });
        await Record(connection, gif.Id, now);
    }

    /// <summary>Records it in the caller's transaction.</summary>
    public static Task<int> Record(NpgsqlConnection connection, Guid gif, DateTimeOffset now) => connection.ExecuteAsync(
        """
        UPDATE gifs g SET status = s.status, updated_at = @now, revision = revision + 1
        FROM (
            SELECT id, CASE WHEN EXISTS (SELECT FROM lost_objects l WHERE l.object_key = gifs.object_key) THEN 'failed' ELSE 'ready' END AS status
            FROM gifs WHERE id = @gif FOR UPDATE) AS s
        WHERE g.id = s.id AND g.object_key IS NOT NULL AND g.status <> s.status
        """,
        new { gif, now });
}
