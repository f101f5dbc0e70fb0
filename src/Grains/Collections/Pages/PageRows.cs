using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Gifs;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>An item's own columns, and its gif.</summary>
/// <param name="IsOwn">The gif belongs to the collection's owner; otherwise to another user.</param>
/// <param name="IsShown">The gif is own, or open; otherwise it is hidden.</param>
public sealed record ItemRow(GifCard Card, string? Note, DateTimeOffset AddedAt, bool IsOwn, bool IsShown)
{
    public CollectionItem Show(AddressSigner signer, CollectionId collection, DateTimeOffset now) =>
        new(Card.ToKept(IsShown, signer, collection.ToString(), now), Note, AddedAt);
}

/// <summary>The SQL that reads items, covers and owners for display. A gif of another user is shown while it is open.</summary>
public sealed class PageRows(Postgres postgres, GifVisibility visibility)
{
    private const int ItemWidth = GifCards.Width + 4;

    /// <summary>SQL condition: item <c>i</c> shows the picture of its gif <c>g</c>.</summary>
    internal string IsShown { get; } = $"(i.is_own OR {visibility.IsOpen})";

    private string ItemColumns => $"{GifCards.Columns}, i.note, i.added_at, i.is_own, {IsShown}";

    /// <inheritdoc cref="CollectionStore.LoadOwner(UserId)"/>
    public Task<OwnerRow> LoadOwner(UserId id) => postgres.Run(connection => CollectionStore.LoadOwner(connection, id));

    public Task<Cover> LoadCover(CollectionId id, GifId gif) => postgres.Run(connection => LoadCover(connection, id, gif));

    /// <summary>How many first items are searched for a cover that is not hidden.</summary>
    internal const string CoverCandidates = "20";

    /// <summary>The picture of this item, or while it is hidden, of the first shown item.</summary>
    public async Task<Cover> LoadCover(NpgsqlConnection connection, CollectionId id, GifId gif)
    {
        const string columns = "SELECT g.url, g.object_key, g.width, g.height, i.is_own AND i.gif_id = $2";
        const string items = "SELECT * FROM collection_items WHERE collection_id = $1 AND removed_at IS NULL AND available";
        var shown = $"JOIN {GifCards.From} ON g.id = i.gif_id WHERE {GifCards.IsLive} AND {IsShown}";
        var covers = await connection.Query(
            $"""
            ({columns} FROM ({items} AND gif_id = $2) i {shown})
            UNION ALL ({columns} FROM ({items} ORDER BY position, gif_id LIMIT {CoverCandidates}) i {shown} ORDER BY i.position, i.gif_id LIMIT 1) LIMIT 1
            """,
            [id.Value, gif.Value],
            row => new Cover(gif, row.Text(0), row.Text(1), row.GetInt32(2), row.GetInt32(3), !row.GetBoolean(4)));
        return covers.Count > 0 ? covers[0] : new(gif, null, null, 0, 0, MayChange: true);
    }

    /// <summary>These items by gif id, without those whose gif was deleted meanwhile.</summary>
    public Task<Dictionary<GifId, ItemRow>> LoadItemRows(CollectionId id, IReadOnlyCollection<GifId> gifs) =>
        postgres.Run(connection => LoadItemRows(connection, id, gifs));

    public async Task<Dictionary<GifId, ItemRow>> LoadItemRows(NpgsqlConnection connection, CollectionId id, IReadOnlyCollection<GifId> gifs)
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

    /// <summary>All visible items in order, or those of the given gifs, for a copy.</summary>
    public Task<List<CopyItem>> LoadCopyItems(CollectionId id, IReadOnlyCollection<GifId>? only) => postgres.Run(connection => connection.Query(
        $"""
        SELECT i.gif_id, i.note, i.is_own, {IsShown} FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
        WHERE i.collection_id = $1 AND ($2::uuid[] IS NULL OR i.gif_id = ANY($2)) AND i.removed_at IS NULL AND i.available AND {GifCards.IsLive}
        ORDER BY i.position, i.gif_id
        """,
        [id.Value, only?.Select(gif => gif.Value).ToArray()],
        row => new CopyItem(new(row.GetGuid(0)), row.Text(1), row.GetBoolean(2), row.GetBoolean(3))));

    /// <summary>A keyset page by time of adding, newest first.</summary>
    public Task<List<ItemRow>> LoadByAdded(CollectionId id, (DateTimeOffset At, Guid Gif)? after, int count) => postgres.Run(connection => connection.Query(
        $"""
        SELECT {ItemColumns} FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
        WHERE i.collection_id = $1 AND i.removed_at IS NULL AND i.available AND {GifCards.IsLive}
            {(after is null ? "" : "AND (i.added_at, i.gif_id) < ($3, $4)")}
        ORDER BY i.added_at DESC, i.gif_id DESC LIMIT $2
        """,
        after is { } row ? [id.Value, count, row.At, row.Gif] : [id.Value, count],
        ReadItem));

    /// <summary>
    /// A keyset page by title. PostgreSQL computes the sort key, which is returned with each row for the cursor; a hidden gif has no title.
    /// </summary>
    public Task<List<(ItemRow Row, string Key)>> LoadByName(CollectionId id, (string Key, Guid Gif)? after, int count) => postgres.Run(connection => connection.Query(
        $"""
        SELECT {ItemColumns}, s.key FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id,
            LATERAL (SELECT COALESCE('0' || CASE WHEN {IsShown} THEN lower(g.title) END, '1') COLLATE "C" AS key) s
        WHERE i.collection_id = $1 AND i.removed_at IS NULL AND i.available AND {GifCards.IsLive}
            {(after is null ? "" : "AND (s.key, i.gif_id) > ($3, $4)")}
        ORDER BY s.key, i.gif_id LIMIT $2
        """,
        after is { } row ? [id.Value, count, row.Key, row.Gif] : [id.Value, count],
        row => (ReadItem(row), row.GetString(ItemWidth))));

    /// <summary>The cards of those gifs that the caller may add.</summary>
    public Task<Dictionary<GifId, GifCard>> LoadVisible(IReadOnlyCollection<GifId> gifs, UserId caller, ViaLink? via) =>
        postgres.Run(connection => visibility.LoadVisible(connection, gifs, caller, via));

    /// <summary>A removed item that can be restored, with its old position; null when there is none, or its gif is deleted.</summary>
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

    /// <summary>The old positions of those removed items that can be restored.</summary>
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

    private static ItemRow ReadItem(NpgsqlDataReader row) => new(GifCards.Read(row), row.Text(GifCards.Width), row.Time(GifCards.Width + 1), row.GetBoolean(GifCards.Width + 2), row.GetBoolean(GifCards.Width + 3));
}
