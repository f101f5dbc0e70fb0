using System.Collections.Immutable;
using System.Globalization;
using GifShare.Collections;
using GifShare.Grains.Gifs;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>Keyset pages over many collections: the SQL of <see cref="CollectionListsGrain"/>.</summary>
public sealed class CollectionLists(Postgres postgres, PageRows pageRows, Cursors cursors, AddressSigner signer, TimeProvider time)
{
    private const string Items = "SELECT * FROM collection_items WHERE collection_id = c.id AND removed_at IS NULL AND available";

    private const string Columns =
        """
        c.id, c.owner_id, o.username, o.display_name, o.avatar_key, c.name, c.description, c.visibility, COALESCE(chosen.id, first.id),
        COALESCE(chosen.url, first.url), COALESCE(chosen.object_key, first.object_key), c.item_count, k.view_count, k.like_count,
        c.version, c.created_at, c.updated_at, c.deleted_at, c.allow_copies
        """;

    private readonly string from = From(pageRows.IsShown);

    /// <summary>Most recently changed first; the query matches names and descriptions.</summary>
    public Task<Result<PageOf<Collection>>> Mine(UserId caller, string? query, string? cursor, int limit)
    {
        var pattern = string.IsNullOrWhiteSpace(query) ? null : $"%{Escape(Nfc.Normalize(query.Trim()))}%";
        return Page(
            $"collections/mine/{caller}/{pattern}", cursor, limit,
            "c.owner_id = $4 AND c.deleted_at IS NULL AND ($5::text IS NULL OR c.name ILIKE $5 OR c.description ILIKE $5)", "c.updated_at",
            [caller.Value, pattern], row => Read(row), collection => (collection.UpdatedAt, collection.Id.Value));
    }

    public async Task<Result<PageOf<Collection>>> PublicOf(string username, string? cursor, int limit)
    {
        var owners = await postgres.Run(connection => connection.Query(
            "SELECT id FROM users WHERE username = $1 AND deleted_at IS NULL", [username.ToLowerInvariant()], row => row.GetGuid(0)));
        if (owners.Count == 0)
            return Error.NotFound;
        return await Page(
            $"collections/public/{owners[0]}", cursor, limit, "c.owner_id = $4 AND c.deleted_at IS NULL AND c.visibility = 'public'", "c.updated_at",
            [owners[0]], row => Read(row), collection => (collection.UpdatedAt, collection.Id.Value));
    }

    public async Task<bool> IsLiked(UserId caller, CollectionId collection) => (await postgres.Run(connection => connection.Query(
        "SELECT 1 FROM collection_likes WHERE collection_id = $1 AND user_id = $2", [collection.Value, caller.Value], row => row.GetInt32(0)))).Count > 0;

    public Task<Result<PageOf<TrashedCollection>>> Trashed(UserId caller, string? cursor, int limit) => Page(
        $"trash/collections/{caller}", cursor, limit, "c.owner_id = $4 AND c.deleted_at > $5", "c.deleted_at",
        [caller.Value, time.GetUtcNow() - CollectionLimits.Undo],
        row => new TrashedCollection(Read(row), row.Time(17), row.Time(17) + CollectionLimits.Undo),
        trashed => (trashed.DeletedAt, trashed.Collection.Id.Value));

    /// <summary>Items in the trash, of collections that are not deleted.</summary>
    public async Task<Result<PageOf<TrashedItem>>> TrashedItems(UserId caller, string? cursor, int limit)
    {
        var list = $"trash/items/{caller}";
        if (!cursors.TryRead(list, cursor, out var position))
            return Cursors.Invalid;
        var after = position?.Split('/');
        var now = time.GetUtcNow();
        var rows = await postgres.Run(connection => connection.Query(
            $"""
            SELECT {GifCards.Columns}, c.id, c.name, i.removed_at, {pageRows.IsShown}
            FROM collections c JOIN collection_items i ON i.collection_id = c.id JOIN {GifCards.From} ON g.id = i.gif_id
            WHERE c.owner_id = $1 AND c.deleted_at IS NULL AND i.removed_at > $2 AND {GifCards.IsLive}
                AND ($4::timestamptz IS NULL OR (i.removed_at, c.id, i.gif_id) < ($4, $5::uuid, $6::uuid))
            ORDER BY i.removed_at DESC, c.id DESC, i.gif_id DESC LIMIT $3
            """,
            [
                caller.Value, now - CollectionLimits.Undo, limit + 1,
                after is null ? null : Time(after[0]), after is null ? null : Guid.Parse(after[1]), after is null ? null : Guid.Parse(after[2]),
            ],
            row => new TrashedItem(
                new(row.GetGuid(GifCards.Width)), row.GetString(GifCards.Width + 1), GifCards.Read(row).ToKept(row.GetBoolean(GifCards.Width + 3), signer, row.GetGuid(GifCards.Width).ToString(), now),
                row.Time(GifCards.Width + 2), row.Time(GifCards.Width + 2) + CollectionLimits.Undo)));
        var last = rows.Count > limit ? rows[limit - 1] : null;
        var next = last is null ? null : cursors.Protect(list, $"{last.DeletedAt.UtcTicks}/{last.CollectionId}/{last.Gif.Id}");
        return new PageOf<TrashedItem>([.. rows.Take(limit)], next);
    }

    private async Task<Result<PageOf<T>>> Page<T>(
        string list, string? cursor, int limit, string where, string orderedBy, object?[] values,
        Func<NpgsqlDataReader, T> read, Func<T, (DateTimeOffset, Guid)> positionOf)
    {
        if (!cursors.TryRead(list, cursor, out var position))
            return Cursors.Invalid;
        var after = position?.Split('/');
        var rows = await postgres.Run(connection => connection.Query(
            $"""
            SELECT {Columns} FROM {from}
            WHERE {where} AND o.deleted_at IS NULL AND ($2::timestamptz IS NULL OR ({orderedBy}, c.id) < ($2, $3::uuid))
            ORDER BY {orderedBy} DESC, c.id DESC LIMIT $1
            """,
            [limit + 1, after is null ? null : Time(after[0]), after is null ? null : Guid.Parse(after[1]), .. values],
            read));
        string? next = null;
        if (rows.Count > limit)
        {
            var (at, id) = positionOf(rows[limit - 1]);
            next = cursors.Protect(list, string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}/{id}"));
        }

        return new PageOf<T>(rows.Take(limit).ToImmutableArray(), next);
    }

    private static string From(string isShown)
    {
        var shown = $"JOIN {GifCards.From} ON g.id = i.gif_id WHERE {GifCards.IsLive} AND {isShown}";
        return $"""
            collections c JOIN users o ON o.id = c.owner_id JOIN collection_counters k ON k.collection_id = c.id
            LEFT JOIN LATERAL (SELECT g.* FROM ({Items} AND gif_id = c.cover_gif_id) i {shown}) chosen ON true
            LEFT JOIN LATERAL (
                SELECT g.* FROM ({Items} ORDER BY position, gif_id LIMIT {PageRows.CoverCandidates}) i {shown}
                ORDER BY i.position, i.gif_id LIMIT 1) first ON chosen.id IS NULL
            """;
    }

    private Collection Read(NpgsqlDataReader row)
    {
        var now = time.GetUtcNow();
        var id = row.GetGuid(0);
        var owner = new OwnerRow(new(row.GetGuid(1)), row.GetString(2), row.GetString(3), row.Text(4), false);
        var coverUrl = row.Text(10) is { } key ? signer.Sign(key, id.ToString(), now) : row.Text(9);
        return new(
            new(id), owner.Card(signer, now), row.GetString(5), row.Text(6), row.GetString(7), coverUrl, row.GetInt32(11), row.GetInt64(12),
            row.GetInt64(13), row.GetInt64(14), row.Time(15), row.Time(16), row.GetBoolean(18));
    }

    private static DateTimeOffset Time(string ticks) => new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero);

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
