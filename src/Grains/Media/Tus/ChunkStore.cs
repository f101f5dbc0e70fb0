using Dapper;
using GifShare.Media;
using GifShare.ObjectStore;

namespace GifShare.Grains.Media.Tus;

/// <summary>
/// Rows of uploads in chunks. Every change names the turn and the offset that it continues, so that neither an outdated writer nor an outdated
/// activation changes anything.
/// </summary>
public sealed class ChunkStore(Postgres postgres)
{
    /// <summary>Takes the next turn at this offset. Null when another offset has been reached.</summary>
    public Task<(long Turn, int NextPart, string? TailToken, long TailSize)?> TakeTurn(MediaId id, long offset) => postgres.Run(connection =>
        connection.QuerySingleOrDefaultAsync<(long, int, string?, long)?>(
            """
            UPDATE uploads SET turn = turn + 1 WHERE media_id = @id AND sent = @offset
            RETURNING turn, (SELECT count(*) + 1 FROM upload_parts WHERE media_id = @id)::int, tail_token, tail_size
            """,
            new { id = id.Value, offset }));

    /// <summary>Records a part, or a tail. Null when a newer turn was taken or the upload ended; else the number of the next part.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="commit">What is stored.</param>
    /// <param name="oldTail">Bytes of the tail that a part begins with.</param>
    public Task<int?> Commit(MediaId id, ChunkCommit commit, long oldTail) => postgres.InTransaction(async connection =>
    {
        var changed = await connection.ExecuteAsync(
            """
            UPDATE uploads SET sent = sent + @Length, tail_token = @tailToken, tail_size = @tailSize
            WHERE media_id = @id AND turn = @Turn AND sent = @Offset AND due_at IS NULL
            """,
            new { id = id.Value, commit.Turn, commit.Offset, commit.Length, tailToken = commit.Tail?.Token, tailSize = commit.Tail?.Size ?? 0 });
        if (changed == 0)
            return null;
        return await connection.ExecuteScalarAsync<int?>(
            """
            WITH part AS (
                INSERT INTO upload_parts (media_id, number, size, etag)
                SELECT @id, (SELECT count(*) + 1 FROM upload_parts WHERE media_id = @id), @size, @etag WHERE @etag IS NOT NULL
                RETURNING number
            )
            SELECT ((SELECT count(*) FROM upload_parts WHERE media_id = @id) + (SELECT count(*) FROM part) + 1)::int
            """,
            new { id = id.Value, size = oldTail + commit.Length, etag = commit.PartETag });
    });

    public async Task<IReadOnlyList<ReceivedPart>> Parts(MediaId id) => (await postgres.Run(connection => connection.QueryAsync<(int Number, string ETag, long Size)>(
        "SELECT number, etag, size FROM upload_parts WHERE media_id = @id ORDER BY number", new { id = id.Value })))
        .Select(part => new ReceivedPart(part.Number, part.ETag, part.Size)).ToList();

    /// <summary>Forgets this part and all after it. The offset from which bytes are expected.</summary>
    public Task<long> Rewind(MediaId id, int number) => postgres.InTransaction(connection => Rewind(connection, id, number));

    /// <summary>Forgets all parts, and continues into another upload of the store.</summary>
    public Task<long> Restart(MediaId id, MultipartUpload upload) => postgres.InTransaction(async connection =>
    {
        await connection.ExecuteAsync("UPDATE uploads SET token = @Token, store_id = @StoreId WHERE media_id = @id", new { id = id.Value, upload.Token, upload.StoreId });
        return await Rewind(connection, id, 1);
    });

    private static async Task<long> Rewind(Npgsql.NpgsqlConnection connection, MediaId id, int number)
    {
        await connection.ExecuteAsync("DELETE FROM upload_parts WHERE media_id = @id AND number >= @number", new { id = id.Value, number });
        return await connection.ExecuteScalarAsync<long>(
            """
            UPDATE uploads SET turn = turn + 1, tail_token = NULL, tail_size = 0, sent = (SELECT COALESCE(sum(size), 0) FROM upload_parts WHERE media_id = @id)
            WHERE media_id = @id RETURNING sent
            """,
            new { id = id.Value });
    }
}
