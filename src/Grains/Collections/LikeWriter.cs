using GifShare.Collections;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>A pending like or unlike of one user; the write sets <see cref="Count"/> and <see cref="Order"/>.</summary>
public sealed class LikeRow(CollectionId collection, UserId user, bool liked)
{
    public CollectionId Collection => collection;
    public UserId User => user;
    public bool Liked => liked;
    public long Count { get; set; }

    /// <summary>Sequence number of the statement, so that a late result does not overwrite a newer count.</summary>
    public long Order { get; set; }
}

/// <summary>Group commit of likes and their counts; does not touch the collections' own rows or revisions.</summary>
public sealed class LikeWriter : IAsyncDisposable
{
    private const string Statement =
        """
        WITH input AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS t (collection_id, user_id, liked)),
        counter AS MATERIALIZED (
            SELECT k.collection_id, k.like_count FROM collection_counters k
            WHERE k.collection_id = ANY($1) ORDER BY k.collection_id FOR NO KEY UPDATE),
        added AS (
            INSERT INTO collection_likes (collection_id, user_id, created_at)
            SELECT i.collection_id, i.user_id, $4 FROM input i JOIN counter USING (collection_id) WHERE i.liked
            ON CONFLICT DO NOTHING RETURNING collection_id),
        removed AS (
            DELETE FROM collection_likes l USING input i, counter
            WHERE NOT i.liked AND counter.collection_id = i.collection_id AND l.collection_id = i.collection_id AND l.user_id = i.user_id
            RETURNING l.collection_id),
        delta AS (
            SELECT collection_id, sum(d) AS d FROM (SELECT collection_id, 1 AS d FROM added UNION ALL SELECT collection_id, -1 FROM removed) s GROUP BY 1),
        counted AS (
            UPDATE collection_counters k SET like_count = k.like_count + delta.d FROM delta
            WHERE k.collection_id = delta.collection_id RETURNING k.collection_id, k.like_count)
        SELECT counter.collection_id, COALESCE(counted.like_count, counter.like_count) FROM counter LEFT JOIN counted USING (collection_id)
        """;

    private readonly GroupedWriter<LikeRow> writer;
    private readonly TimeProvider time;
    private long statements;

    public LikeWriter(Postgres postgres, TimeProvider time)
    {
        this.time = time;
        writer = new(postgres, WriteAll);
    }

    /// <summary>Likes or unlikes, and sets the count in memory to that of the latest statement.</summary>
    /// <exception cref="StoreUnavailableException">The write failed, or its outcome is unknown.</exception>
    public async Task<LikeState> Write(CollectionMemory memory, UserId user, bool liked)
    {
        var row = new LikeRow(memory.Id, user, liked);
        try
        {
            await writer.Write(row);
        }
        finally
        {
            // This row may be committed even when the group failed.
            if (row.Order > memory.Counters.LikesAsOf)
                (memory.Counters.LikesAsOf, memory.Counters.Likes) = (row.Order, row.Count);
        }

        return new(liked, row.Count);
    }

    public int Waiting => writer.Waiting;

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private async Task WriteAll(NpgsqlConnection connection, IReadOnlyList<LikeRow> rows)
    {
        // Each round commits by itself: after a failure all rounds run again, and repeating a like changes nothing.
        foreach (var round in Rounds(rows))
            await WriteRound(connection, round);
    }

    /// <summary>Splits rows so that each round has a user at most once per collection: a like and unlike of the same user keep their order.</summary>
    private static IEnumerable<List<LikeRow>> Rounds(IReadOnlyList<LikeRow> rows)
    {
        HashSet<(CollectionId, UserId)> seen = [];
        List<LikeRow> round = [];
        foreach (var row in rows)
        {
            if (!seen.Add((row.Collection, row.User)))
            {
                yield return round;
                round = [];
                seen = [(row.Collection, row.User)];
            }

            round.Add(row);
        }

        yield return round;
    }

    private async Task WriteRound(NpgsqlConnection connection, List<LikeRow> rows)
    {
        var order = ++statements;
        // Not OverArrays: a generic plan made while the table was empty would scan all likes of a collection for each unlike.
        await using var command = connection.Command(
            Statement,
            rows.ConvertAll(row => row.Collection.Value).ToArray(),
            rows.ConvertAll(row => row.User.Value).ToArray(),
            rows.ConvertAll(row => row.Liked).ToArray(),
            time.Now());
        Dictionary<Guid, long> counts = [];
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                counts[reader.GetGuid(0)] = reader.GetInt64(1);
        foreach (var row in rows)
            (row.Count, row.Order) = (counts.GetValueOrDefault(row.Collection.Value), order);
    }
}
