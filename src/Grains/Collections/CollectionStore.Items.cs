using GifShare.Gifs;
using GifShare.Grains.Gifs;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>The SQL of items.</summary>
public sealed partial class CollectionStore
{
    private const string ItemColumns = $"{GifCards.Columns}, i.note, i.added_at";
    private const int ItemWidth = GifCards.Width + 2;

    /// <summary>These items, by id; those whose gif has just been deleted are missing.</summary>
    public Task<Dictionary<GifId, ItemRow>> LoadItemRows(CollectionId id, IReadOnlyCollection<GifId> gifs) =>
        postgres.Run(connection => LoadItemRows(connection, id, gifs));

    public static async Task<Dictionary<GifId, ItemRow>> LoadItemRows(NpgsqlConnection connection, CollectionId id, IReadOnlyCollection<GifId> gifs)
    {
        await using var command = connection.OverArrays(
            $"""
            SELECT {ItemColumns} FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
            WHERE i.collection_id = $1 AND i.gif_id = ANY($2) AND {GifCards.IsLive}
            """,
            id.Value, gifs.Select(gif => gif.Value).ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        var rows = await reader.Rows(ReadItem);
        return rows.ToDictionary(row => row.Card.Id);
    }

    /// <summary>Every visible item in order, for copies and downloads.</summary>
    public Task<List<ItemRow>> LoadAllItems(CollectionId id) => postgres.Run(connection => connection.Query(
        $"""
        SELECT {ItemColumns} FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
        WHERE i.collection_id = $1 AND i.removed_at IS NULL AND i.available AND {GifCards.IsLive}
        ORDER BY i.position, i.gif_id
        """,
        [id.Value],
        ReadItem));

    /// <summary>A page by time of adding, newest first, after a row.</summary>
    public Task<List<ItemRow>> LoadByAdded(CollectionId id, (DateTimeOffset At, Guid Gif)? after, int count) => postgres.Run(connection => connection.Query(
        $"""
        SELECT {ItemColumns} FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
        WHERE i.collection_id = $1 AND i.removed_at IS NULL AND i.available AND {GifCards.IsLive}
            {(after is null ? "" : "AND (i.added_at, i.gif_id) < ($3, $4)")}
        ORDER BY i.added_at DESC, i.gif_id DESC LIMIT $2
        """,
        after is { } row ? [id.Value, count, row.At, row.Gif] : [id.Value, count],
        ReadItem));

    /// <summary>A page by title. The key is computed by the server for the order and handed out with each row for the cursor.</summary>
    public Task<List<(ItemRow Row, string Key)>> LoadByName(CollectionId id, (string Key, Guid Gif)? after, int count) => postgres.Run(connection => connection.Query(
        $"""
        SELECT {ItemColumns}, s.key FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id,
            LATERAL (SELECT COALESCE('0' || lower(g.title), '1') COLLATE "C" AS key) s
        WHERE i.collection_id = $1 AND i.removed_at IS NULL AND i.available AND {GifCards.IsLive}
            {(after is null ? "" : "AND (s.key, i.gif_id) > ($3, $4)")}
        ORDER BY s.key, i.gif_id LIMIT $2
        """,
        after is { } row ? [id.Value, count, row.Key, row.Gif] : [id.Value, count],
        row => (ReadItem(row), row.GetString(ItemWidth))));

    /// <summary>Those of these gifs that the caller may add, with what is embedded of them.</summary>
    public Task<Dictionary<GifId, GifCard>> LoadVisible(IReadOnlyCollection<GifId> gifs, UserId caller, ViaLink? via) =>
        postgres.Run(connection => visibility.LoadVisible(connection, gifs, caller, via));

    /// <summary>Puts items in; ones removed earlier come back as new ones. Answers those whose gif was deleted meanwhile.</summary>
    public static async Task<List<GifId>> Add(NpgsqlConnection connection, CollectionId id, IReadOnlyList<AddedItem> items, DateTimeOffset now)
    {
        if (items.Count == 0)
            return [];
        // The share lock orders this with the gif's deletion: either it sees our row afterwards, or we see it deleted.
        var rows = await connection.Query(
            """
            WITH gif AS (SELECT g.id, g.deleted_at IS NULL AS live FROM gifs g WHERE g.id = ANY($2) ORDER BY g.id FOR SHARE)
            INSERT INTO collection_items AS i (collection_id, gif_id, position, note, added_at, available)
            SELECT $1, t.gif_id, t.position, t.note, $5, gif.live
            FROM unnest($2, $3::text[], $4::text[]) AS t (gif_id, position, note) JOIN gif ON gif.id = t.gif_id
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

    /// <summary>An item that can still come back, with its old place; null when there is none, or its gif is gone.</summary>
    public Task<(ItemRow Row, string Position)?> LoadRemoved(CollectionId id, GifId gif, DateTimeOffset since) => postgres.Run(async connection =>
    {
        var rows = await connection.Query(
            $"""
            SELECT {ItemColumns}, i.position FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
            WHERE i.collection_id = $1 AND i.gif_id = $2 AND i.removed_at > $3 AND {GifCards.IsLive}
            """,
            [id.Value, gif.Value, since],
            row => (ReadItem(row), row.GetString(ItemWidth)));
        return rows.Count > 0 ? rows[0] : ((ItemRow, string)?)null;
    });

    /// <summary>The old places of those of these items that can still come back.</summary>
    public Task<Dictionary<GifId, string>> LoadRemoved(CollectionId id, IReadOnlyCollection<GifId> gifs, DateTimeOffset since) => postgres.Run(async connection =>
    {
        var rows = await connection.Query(
            $"""
            SELECT i.gif_id, i.position FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
            WHERE i.collection_id = $1 AND i.gif_id = ANY($2) AND i.removed_at > $3 AND {GifCards.IsLive}
            """,
            [id.Value, gifs.Select(gif => gif.Value).ToArray(), since],
            row => (Gif: new GifId(row.GetGuid(0)), Position: row.GetString(1)));
        return rows.ToDictionary(row => row.Gif, row => row.Position);
    });

    /// <summary>Brings items back; false when the gif of one was deleted meanwhile.</summary>
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

    /// <summary>Items follow their gifs: unavailable while the gif or its owner is deleted. Repeatable. Null: all items.</summary>
    public static Task SyncAvailable(NpgsqlConnection connection, CollectionId id, IReadOnlyCollection<GifId>? gifs) => connection.Execute(
        $"""
        UPDATE collection_items i SET available = ({GifCards.IsLive}) FROM {GifCards.From}
        WHERE g.id = i.gif_id AND i.collection_id = $1 AND ($2::uuid[] IS NULL OR i.gif_id = ANY($2)) AND i.available <> ({GifCards.IsLive})
        """,
        id.Value, gifs?.Select(gif => gif.Value).ToArray());

    /// <summary>Writes all positions anew, in their order, removed items too (they keep their place).</summary>
    public static Task RewriteKeys(NpgsqlConnection connection, CollectionId id) => connection.Execute(
        $"""
        UPDATE collection_items i SET position = order_key(({OrderKeys.Middle} - t.total / 2 + t.place)::int)
        FROM (SELECT gif_id, row_number() OVER (ORDER BY position, gif_id) AS place, count(*) OVER () AS total
              FROM collection_items WHERE collection_id = $1) t
        WHERE i.collection_id = $1 AND i.gif_id = t.gif_id
        """,
        id.Value);

    private static ItemRow ReadItem(NpgsqlDataReader row) => new(GifCards.Read(row), row.Text(GifCards.Width), row.Time(GifCards.Width + 1));
}

/// <summary>An item on its way in.</summary>
/// <param name="IfOwn">Nobody has looked yet: it gets in only when the gif is the collection owner's, and live.</param>
public sealed record AddedItem(GifId Gif, string Position, string? Note, bool IfOwn = false);
