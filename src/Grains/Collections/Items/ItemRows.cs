using GifShare.Grains.Gifs;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>
/// The SQL that writes items and reads their order, on the connection of an edit. Only the collection's grain calls it, in a transaction that
/// compares the collection's revision (<see cref="CollectionStore.Save"/>).
/// </summary>
public static class ItemRows
{
    internal const string ItemsOf =
        $"""
        SELECT i.gif_id, i.position, i.available, {GifCards.IsLive}
        FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
        WHERE i.collection_id = $1 AND i.removed_at IS NULL
        ORDER BY i.position, i.gif_id
        """;

    internal const string HighestOf = "SELECT position FROM collection_items WHERE collection_id = $1 ORDER BY position DESC LIMIT 1";

    /// <summary>The items in order. Drifted: the availability of some item differs from its gif's row.</summary>
    public static async Task<(ItemIndex Items, bool Drifted)> LoadItems(NpgsqlConnection connection, CollectionId id)
    {
        await using var batch = connection.Batch(id.Value, ItemsOf, HighestOf);
        await using var reader = await batch.ExecuteReaderAsync();
        return await ReadItems(reader);
    }

    internal static async Task<(ItemIndex Items, bool Drifted)> ReadItems(NpgsqlDataReader reader)
    {
        var entries = await reader.Rows(row => (Item: new ItemEntry(row.GetGuid(0), row.GetString(1), row.GetBoolean(2)), IsLive: row.GetBoolean(3)));
        var highest = await reader.NextRows(row => row.GetString(0));
        return (new ItemIndex(entries.Select(entry => entry.Item), highest.Count > 0 ? highest[0] : null), entries.Exists(entry => entry.Item.Available != entry.IsLive));
    }

    /// <summary>Inserts items; a removed item is added anew. Returns those whose gif was deleted meanwhile.</summary>
    public static async Task<List<GifId>> Add(NpgsqlConnection connection, CollectionId id, IReadOnlyList<AddedItem> items, DateTimeOffset now)
    {
        if (items.Count == 0)
            return [];
        // The share lock serializes this with the gif's deletion: either the deletion sees this row, or this statement sees the deletion.
        var rows = await connection.Query(
            """
            WITH gif AS (SELECT g.id, g.owner_id, g.deleted_at IS NULL AS live FROM gifs g WHERE g.id = ANY($2) ORDER BY g.id FOR SHARE)
            INSERT INTO collection_items AS i (collection_id, gif_id, position, note, added_at, available, is_own)
            SELECT c.id, t.gif_id, t.position, t.note, $5, gif.live, gif.owner_id = c.owner_id
            FROM unnest($2, $3::text[], $4::text[]) AS t (gif_id, position, note) JOIN gif ON gif.id = t.gif_id JOIN collections c ON c.id = $1
            ON CONFLICT (collection_id, gif_id) DO UPDATE SET position = EXCLUDED.position, note = EXCLUDED.note,
                added_at = EXCLUDED.added_at, available = EXCLUDED.available, removed_at = NULL
            RETURNING i.gif_id, i.available
            """,
            [id.Value, items.Select(item => item.Gif.Value).ToArray(), items.Select(item => item.Position).ToArray(), items.Select(item => item.Note).ToArray(), now],
            row => (Gif: new GifId(row.GetGuid(0)), Available: row.GetBoolean(1)));
        return [.. items.Select(item => item.Gif).Except(rows.Where(row => row.Available).Select(row => row.Gif))];
    }

    public static Task Remove(NpgsqlConnection connection, CollectionId id, IEnumerable<GifId> gifs, DateTimeOffset now) => connection.Execute(
        "UPDATE collection_items SET removed_at = $3 WHERE collection_id = $1 AND gif_id = ANY($2) AND removed_at IS NULL",
        id.Value, gifs.Select(gif => gif.Value).ToArray(), now);

    public static Task Move(NpgsqlConnection connection, CollectionId id, IReadOnlyList<(GifId Gif, string Position)> moves) => connection.Execute(
        """
        UPDATE collection_items i SET position = t.position FROM unnest($2, $3::text[]) AS t (gif_id, position)
        WHERE i.collection_id = $1 AND i.gif_id = t.gif_id
        """,
        id.Value, moves.Select(move => move.Gif.Value).ToArray(), moves.Select(move => move.Position).ToArray());

    public static Task SetNote(NpgsqlConnection connection, CollectionId id, GifId gif, string? note) =>
        connection.Execute("UPDATE collection_items SET note = $3 WHERE collection_id = $1 AND gif_id = $2", id.Value, gif.Value, note);

    /// <summary>Restores removed items; false when the gif of one was deleted meanwhile.</summary>
    public static async Task<bool> Restore(NpgsqlConnection connection, CollectionId id, params IReadOnlyCollection<GifId> gifs)
    {
        var rows = await connection.Query(
            """
            WITH gif AS (SELECT g.id, g.deleted_at IS NULL AS live FROM gifs g WHERE g.id = ANY($2) ORDER BY g.id FOR SHARE)
            UPDATE collection_items i SET removed_at = NULL, available = gif.live FROM gif
            WHERE i.collection_id = $1 AND i.gif_id = gif.id RETURNING i.available
            """,
            [id.Value, gifs.Select(gif => gif.Value).ToArray()],
            row => row.GetBoolean(0));
        return rows.Count == gifs.Count && rows.TrueForAll(available => available);
    }

    /// <summary>Sets items unavailable while their gif or its owner is deleted. Idempotent. <paramref name="gifs"/> null: all items.</summary>
    public static Task SyncAvailable(NpgsqlConnection connection, CollectionId id, IReadOnlyCollection<GifId>? gifs) => connection.Execute(
        $"""
        UPDATE collection_items i SET available = ({GifCards.IsLive}) FROM {GifCards.From}
        WHERE g.id = i.gif_id AND i.collection_id = $1 AND ($2::uuid[] IS NULL OR i.gif_id = ANY($2)) AND i.available <> ({GifCards.IsLive})
        """,
        id.Value, gifs?.Select(gif => gif.Value).ToArray());

    /// <summary>Rewrites all positions in their order, those of removed items too.</summary>
    public static Task RewriteKeys(NpgsqlConnection connection, CollectionId id) => connection.Execute(
        $"""
        UPDATE collection_items i SET position = order_key(({OrderKeys.Middle} - t.total / 2 + t.place)::int)
        FROM (SELECT gif_id, row_number() OVER (ORDER BY position, gif_id) AS place, count(*) OVER () AS total
              FROM collection_items WHERE collection_id = $1) t
        WHERE i.collection_id = $1 AND i.gif_id = t.gif_id
        """,
        id.Value);
}

/// <summary>An item to insert.</summary>
/// <param name="IfOwn">The gif was not looked up: insert it only if it is live and belongs to the collection's owner.</param>
public sealed record AddedItem(GifId Gif, string Position, string? Note, bool IfOwn = false);
