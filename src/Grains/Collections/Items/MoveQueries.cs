using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>The SQL of moves between two collections.</summary>
internal static class MoveQueries
{
    /// <summary>
    /// Those of these gifs that are items of the target. Locks both collections' rows, in id order, until the transaction ends, so that
    /// the second of two opposite moves sees what the first removed.
    /// </summary>
    public static async Task<HashSet<GifId>> LockPresent(NpgsqlConnection connection, CollectionId source, CollectionId target, IReadOnlyCollection<GifId> gifs)
    {
        await connection.Execute("SELECT FROM collections WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", new[] { source.Value, target.Value });
        var rows = await connection.Query(
            "SELECT gif_id FROM collection_items WHERE collection_id = $1 AND gif_id = ANY($2) AND removed_at IS NULL",
            [target.Value, gifs.Select(gif => gif.Value).ToArray()],
            row => new GifId(row.GetGuid(0)));
        return [.. rows];
    }
}
