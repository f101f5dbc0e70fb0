using System.Text.Json;
using GifShare.Accounts;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Collections;
using Npgsql;

namespace GifShare.Bench.Systems;

/// <summary>A rendered page and its entity tag.</summary>
internal sealed record Page(string ETag, byte[] Body);

/// <summary>The result of adding an item: the new version, or that the item existed already.</summary>
internal sealed record AddedItem(bool IsNew, long Version, CollectionItem Item);

/// <summary>
/// The SQL of (b) and (c), on the product's own schema and indexes: one round trip per page, one statement per write.
/// All statements are prepared, on a pool of the product's size.
/// </summary>
internal sealed class ClassicStore(string connectionString) : IAsyncDisposable
{
    private const string GifColumns = "g.id, g.url, g.width, g.height, g.provider, g.title, g.alt_text, g.tags, g.rating, g.created_at, o.id, o.username, o.display_name";

    private const string Head =
        """
        SELECT c.id, o.id, o.username, o.display_name, c.name, c.description, c.visibility, c.item_count, k.view_count, k.like_count, c.version,
            c.created_at, c.updated_at, (SELECT g.url FROM collection_items i JOIN gifs g ON g.id = i.gif_id
                WHERE i.collection_id = c.id AND i.removed_at IS NULL AND i.available ORDER BY i.position, i.gif_id LIMIT 1), c.owner_id
        FROM collections c JOIN users o ON o.id = c.owner_id JOIN collection_counters k ON k.collection_id = c.id

        """;

    private const string HeadOfLink = Head +
        """
        JOIN share_links l ON l.collection_id = c.id
        WHERE l.token_hash = $1 AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now())
            AND c.visibility <> 'private' AND c.deleted_at IS NULL AND o.deleted_at IS NULL
        """;

    private const string HeadOfId = Head + "WHERE c.id = $1 AND c.deleted_at IS NULL AND o.deleted_at IS NULL";

    private const string Items =
        $"""
        SELECT {GifColumns}, i.note, i.added_at
        FROM collection_items i JOIN gifs g ON g.id = i.gif_id JOIN users o ON o.id = g.owner_id
        WHERE i.collection_id = (%) AND i.removed_at IS NULL AND i.available ORDER BY i.position, i.gif_id LIMIT 51
        """;

    /// <summary>The item, its position and the collection's count and version in one statement; concurrent adds wait for the collection's row lock.</summary>
    public const string Add =
        $"""
        WITH target AS MATERIALIZED (
            SELECT c.id, c.version FROM collections c WHERE c.id = $1 AND c.owner_id = $2 AND c.deleted_at IS NULL AND c.item_count < 10000 FOR NO KEY UPDATE),
        gif AS MATERIALIZED (SELECT g.* FROM gifs g WHERE g.id = $3 AND g.owner_id = $2 AND g.deleted_at IS NULL FOR SHARE),
        added AS (
            INSERT INTO collection_items (collection_id, gif_id, position, added_at)
            SELECT target.id, gif.id, order_key((7388168 + target.version)::int), now() FROM target, gif
            ON CONFLICT DO NOTHING RETURNING added_at),
        counted AS (
            UPDATE collections c SET item_count = c.item_count + 1, version = c.version + 1, updated_at = now() FROM added WHERE c.id = $1 RETURNING c.version)
        SELECT {GifColumns}, NULL, COALESCE(added.added_at, now()), counted.version
        FROM target, gif g JOIN users o ON o.id = g.owner_id LEFT JOIN added ON true LEFT JOIN counted ON true
        """;

    private const string Like =
        """
        WITH target AS MATERIALIZED (
            SELECT c.id FROM collections c WHERE c.id = $1 AND c.deleted_at IS NULL AND (c.visibility = 'public' OR c.owner_id = $2)),
        added AS (
            INSERT INTO collection_likes (collection_id, user_id, created_at) SELECT id, $2, now() FROM target WHERE $3 ON CONFLICT DO NOTHING RETURNING 1),
        removed AS (
            DELETE FROM collection_likes WHERE NOT $3 AND collection_id = $1 AND user_id = $2 RETURNING 1)
        UPDATE collection_counters SET like_count = like_count + (SELECT count(*) FROM added) - (SELECT count(*) FROM removed)
        WHERE collection_id = (SELECT id FROM target) RETURNING like_count
        """;

    private readonly NpgsqlDataSource source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString)
    {
        MaxPoolSize = 20,
        NoResetOnClose = true,
        MaxAutoPrepare = 64,
        AutoPrepareMinUsages = 1,
    }.ConnectionString).Build();

    public async Task<Guid?> FindLink(byte[] tokenHash)
    {
        await using var command = source.CreateCommand("SELECT collection_id FROM share_links WHERE token_hash = $1 AND revoked_at IS NULL");
        command.Parameters.Add(new() { Value = tokenHash });
        return (Guid?)await command.ExecuteScalarAsync();
    }

    public Task<(Collection Head, Guid Owner, List<CollectionItem> Items)?> LoadShared(byte[] tokenHash) =>
        Load(HeadOfLink, Items.Replace("%", "SELECT collection_id FROM share_links WHERE token_hash = $1", StringComparison.Ordinal), tokenHash);

    public Task<(Collection Head, Guid Owner, List<CollectionItem> Items)?> Load(Guid id) =>
        Load(HeadOfId, Items.Replace("%", "$1", StringComparison.Ordinal), id);

    public async Task<AddedItem?> AddItem(Guid collection, Guid owner, Guid gif)
    {
        await using var command = source.CreateCommand(Add);
        Bind(command.Parameters, collection, owner, gif);
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync() ? new(!row.IsDBNull(15), row.IsDBNull(15) ? 0 : row.GetInt64(15), ReadItem(row)) : null;
    }

    public async Task<long?> SetLike(Guid collection, Guid user, bool liked)
    {
        await using var command = source.CreateCommand(Like);
        Bind(command.Parameters, collection, user, liked);
        return (long?)await command.ExecuteScalarAsync();
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<(Collection, Guid, List<CollectionItem>)?> Load(string head, string items, object key)
    {
        await using var batch = source.CreateBatch();
        foreach (var sql in new[] { head, items })
            batch.BatchCommands.Add(new(sql) { Parameters = { new NpgsqlParameter { Value = key } } });
        await using var row = await batch.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        var (collection, owner) = (ReadHead(row), row.GetGuid(14));
        await row.NextResultAsync();
        List<CollectionItem> found = new(51);
        while (await row.ReadAsync())
            found.Add(ReadItem(row));
        return (collection, owner, found);
    }

    private static void Bind(NpgsqlParameterCollection parameters, params ReadOnlySpan<object> values)
    {
        foreach (var value in values)
            parameters.Add(new() { Value = value });
    }

    private static Collection ReadHead(NpgsqlDataReader row) => new(
        new(row.GetGuid(0)), new(new(row.GetGuid(1)), row.GetString(2), row.GetString(3), null), row.GetString(4), Text(row, 5), row.GetString(6), Text(row, 13),
        row.GetInt32(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10), row.GetFieldValue<DateTimeOffset>(11), row.GetFieldValue<DateTimeOffset>(12));

    private static CollectionItem ReadItem(NpgsqlDataReader row)
    {
        var url = row.GetString(1);
        var owner = new UserCard(new(row.GetGuid(10)), row.GetString(11), row.GetString(12), null);
        var gif = new Gif(
            new(row.GetGuid(0)), url, url, row.GetInt32(2), row.GetInt32(3), row.GetString(4), Text(row, 5), Text(row, 6), [.. row.GetFieldValue<string[]>(7)],
            row.GetString(8), null, null, owner, row.GetFieldValue<DateTimeOffset>(9));
        return new(gif, Text(row, 13), row.GetFieldValue<DateTimeOffset>(14));
    }

    private static string? Text(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);
}

/// <summary>Serializes pages with the product's source-generated JSON serializers.</summary>
internal static class Pages
{
    public static Page Shared(Collection head, List<CollectionItem> items) => new(TagOf(head), [.. PageWriter.Head(Json(head).AsSpan()[..^1]), .. Tail(true, items)]);

    public static Page Items(Collection head, List<CollectionItem> items) => new(TagOf(head), Tail(false, items));

    public static Page Head(Collection head) => new(TagOf(head), Json(head));

    private static byte[] Json(Collection head) => JsonSerializer.SerializeToUtf8Bytes(head, GifShareJson.Default.Collection);

    private static byte[] Tail(bool hasHead, List<CollectionItem> items)
    {
        var next = items.Count > 50 ? Convert.ToBase64String(items[49].Gif.Id.Value.ToByteArray()).TrimEnd('=') : null;
        return PageWriter.Tail(hasHead, PageWriter.Items(items.Take(50)), next, out _);
    }

    private static string TagOf(Collection head) => $"\"{head.Version}.{head.ViewCount + head.LikeCount}\"";
}
