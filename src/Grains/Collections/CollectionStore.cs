using GifShare.Accounts;
using GifShare.Collections;
using GifShare.Grains.Gifs;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>The owner as a collection shows them.</summary>
public sealed record OwnerRow(UserId Id, string Username, string DisplayName, string? AvatarKey, bool IsDeleted)
{
    public UserCard Card(AddressSigner signer, DateTimeOffset now) =>
        new(Id, Username, DisplayName, AvatarKey is null ? null : signer.Sign(AvatarKey, AddressSigner.GifScope, now));
}

/// <summary>Everything an activation holds of its rows, and the items of its first page, which are asked for most often next.</summary>
public sealed record LoadedCollection(
    CollectionHead Head, OwnerRow Owner, long Views, long Likes, ItemIndex Items, IReadOnlyDictionary<GifId, ItemRow> First, List<Link> Links, long Revision, bool Drifted);

/// <summary>An item's own columns, and its gif.</summary>
public sealed record ItemRow(GifCard Card, string? Note, DateTimeOffset AddedAt)
{
    public CollectionItem Show(AddressSigner signer, CollectionId collection, DateTimeOffset now) =>
        new(Card.ToGif(signer, collection.ToString(), now), Note, AddedAt);
}

/// <summary>
/// The SQL of a collection's own row and of its reading. Only its grain calls the writing parts: each compares the revision it was made on and
/// raises it by one, or keeps nothing and is overtaken (docs/decisions/0022-zombies.md).
/// </summary>
public sealed partial class CollectionStore(Postgres postgres, Idempotency idempotency, GifVisibility visibility)
{
    private const string HeadColumns =
        "c.id, c.owner_id, c.name, c.description, c.visibility, c.cover_gif_id, c.version, c.created_at, c.updated_at, c.deleted_at, c.key_epoch";

    private const int HeadWidth = 11;
    private const string OwnerColumns = "o.id, o.username, o.display_name, o.avatar_key, o.deleted_at";

    private const string HeadOf =
        $"""
        SELECT {HeadColumns}, {OwnerColumns}, k.view_count, k.like_count, c.revision
        FROM collections c JOIN users o ON o.id = c.owner_id JOIN collection_counters k ON k.collection_id = c.id
        WHERE c.id = $1
        """;

    private const string ItemsOf =
        $"""
        SELECT i.gif_id, i.position, i.available, {GifCards.IsLive}
        FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
        WHERE i.collection_id = $1 AND i.removed_at IS NULL
        ORDER BY i.position, i.gif_id
        """;

    private const string HighestOf = "SELECT position FROM collection_items WHERE collection_id = $1 ORDER BY position DESC LIMIT 1";

    private static readonly string FirstOf =
        $"""
        SELECT {ItemColumns}, i.position, i.available, {GifCards.IsLive}
        FROM collection_items i JOIN {GifCards.From} ON g.id = i.gif_id
        WHERE i.collection_id = $1 AND i.removed_at IS NULL
        ORDER BY i.position, i.gif_id LIMIT {CollectionLimits.SharedPage}
        """;

    private static readonly string RestOf =
        $"""
        SELECT i.gif_id, i.position, i.available, {GifCards.IsLive}
        FROM (SELECT gif_id, position, available FROM collection_items WHERE collection_id = $1 AND removed_at IS NULL
              ORDER BY position, gif_id OFFSET {CollectionLimits.SharedPage}) i JOIN {GifCards.From} ON g.id = i.gif_id
        ORDER BY i.position, i.gif_id
        """;

    private const string RevisionOf = "SELECT revision FROM collections WHERE id = $1";

    /// <summary>All of it in one round trip. Null: there is none.</summary>
    public async Task<LoadedCollection?> Load(CollectionId id) => await postgres.Run(async connection =>
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await using var batch = connection.Batch(id.Value, HeadOf, FirstOf, RestOf, HighestOf, LinkStore.LinksOf, RevisionOf);
            await using var reader = await batch.ExecuteReaderAsync();
            var heads = await reader.Rows(row => (Head: ReadHead(row), Owner: ReadOwner(row, HeadWidth), Views: row.GetInt64(HeadWidth + 5), Likes: row.GetInt64(HeadWidth + 6), Revision: row.GetInt64(HeadWidth + 7)));
            if (heads.Count == 0)
                return null;
            var (head, owner, views, likes, revision) = heads[0];
            var first = await reader.NextRows(row => (Item: ReadItem(row), Entry: ReadEntry(row, row.GetGuid(0), ItemWidth)));
            await reader.NextResultAsync();
            var (items, drifted) = await ReadItems(reader, first.ConvertAll(row => row.Entry));
            var links = await reader.NextRows(LinkStore.ReadLink);
            // Each statement saw a moment of its own; another activation's write may have been committed in between.
            if (await reader.NextRows(row => row.GetInt64(0)) is [var last] && last == revision)
                return new LoadedCollection(head, owner, views, likes, items, first.Where(row => row.Entry.IsLive).ToDictionary(row => row.Item.Card.Id, row => row.Item), links, revision, drifted);
        }

        throw new StoreUnavailableException(new OvertakenException());
    });

    /// <summary>The live items in order. Drifted: some gif was deleted or came back, and its items do not say so yet.</summary>
    public static async Task<(ItemIndex Items, bool Drifted)> LoadItems(NpgsqlConnection connection, CollectionId id)
    {
        await using var batch = connection.Batch(id.Value, ItemsOf, HighestOf);
        await using var reader = await batch.ExecuteReaderAsync();
        return await ReadItems(reader, []);
    }

    private static async Task<(ItemIndex Items, bool Drifted)> ReadItems(NpgsqlDataReader reader, List<(ItemEntry Item, bool IsLive)> entries)
    {
        entries.AddRange(await reader.Rows(row => ReadEntry(row, row.GetGuid(0), 1)));
        var highest = await reader.NextRows(row => row.GetString(0));
        return (new ItemIndex(entries.Select(entry => entry.Item), highest.Count > 0 ? highest[0] : null), entries.Exists(entry => entry.Item.Available != entry.IsLive));
    }

    private static (ItemEntry Item, bool IsLive) ReadEntry(NpgsqlDataReader row, Guid gif, int at) => (new(gif, row.GetString(at), row.GetBoolean(at + 1)), row.GetBoolean(at + 2));

    public async Task<OwnerRow> LoadOwner(UserId id) => await postgres.Run(async connection =>
        (await connection.Query($"SELECT {OwnerColumns} FROM users o WHERE o.id = $1", [id.Value], row => ReadOwner(row, 0)))[0]);

    public Task<Cover?> LoadCover(GifId gif) => postgres.Run(connection => LoadCover(connection, gif));

    public static async Task<Cover?> LoadCover(NpgsqlConnection connection, GifId gif)
    {
        var covers = await connection.Query(
            "SELECT url, object_key, width, height FROM gifs WHERE id = $1",
            [gif.Value],
            row => new Cover(gif, row.Text(0), row.Text(1), row.GetInt32(2), row.GetInt32(3)));
        return covers.Count > 0 ? covers[0] : null;
    }

    public static async Task Insert(NpgsqlConnection connection, CollectionHead head, int itemCount)
    {
        await connection.Execute(
            """
            INSERT INTO collections (id, owner_id, name, description, visibility, item_count, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            head.Id.Value, head.Owner.Value, head.Name, head.Description, head.Visibility.Name(), itemCount, head.Version, head.CreatedAt, head.UpdatedAt);
        await connection.Execute("INSERT INTO collection_counters (collection_id) VALUES ($1)", head.Id.Value);
    }

    /// <exception cref="OvertakenException">The row is not the one this edit was made on.</exception>
    public static async Task Save(NpgsqlConnection connection, CollectionHead head, int itemCount, long known) => OvertakenException.Unless(await connection.Execute(
        """
        UPDATE collections SET name = $2, description = $3, visibility = $4, cover_gif_id = $5, item_count = $6, version = $7,
            updated_at = $8, deleted_at = $9, key_epoch = $10, revision = revision + 1
        WHERE id = $1 AND revision = $11
        """,
        head.Id.Value, head.Name, head.Description, head.Visibility.Name(), head.CoverGif?.Value, itemCount, head.Version,
        head.UpdatedAt, head.DeletedAt, head.KeyEpoch, known) == 1);

    /// <summary>One transaction of an edit: what <paramref name="work"/> writes, and the stored answer of an idempotent request.</summary>
    public Task<Result<T>> Commit<T>(
        IdempotencyTicket? ticket, System.Text.Json.Serialization.Metadata.JsonTypeInfo<Result<T>> type, Func<NpgsqlConnection, Task<Result<T>>> work) =>
        postgres.InTransaction(async connection =>
        {
            var result = await work(connection);
            await idempotency.Store(connection, ticket, result, type);
            return result;
        });

    public Task Commit(Func<NpgsqlConnection, Task> work) => postgres.InTransaction(work);

    /// <summary>The answer of an edit that changes nothing, and what is stored of it: nothing either when the memory it was made from is old.</summary>
    public Task<Result<T>> Confirm<T>(
        CollectionId id, long known, IdempotencyTicket? ticket, System.Text.Json.Serialization.Metadata.JsonTypeInfo<Result<T>> type,
        Func<NpgsqlConnection, Task<Result<T>>> work) =>
        Commit(ticket, type, async connection =>
        {
            var result = await work(connection);
            await Confirm(connection, id, known);
            return result;
        });

    /// <summary>As above, where there is nothing to answer.</summary>
    /// <param name="id">The collection.</param>
    /// <param name="known">Null: as far as memory knows there is none.</param>
    public Task Confirm(CollectionId id, long? known) => postgres.Run(connection => Confirm(connection, id, known));

    private static async Task Confirm(NpgsqlConnection connection, CollectionId id, long? known) =>
        OvertakenException.Unless(await connection.Query(RevisionOf, [id.Value], row => row.GetInt64(0)) is [var last] ? last == known : known is null);

    private static CollectionHead ReadHead(NpgsqlDataReader row)
    {
        return new(
            new(row.GetGuid(0)), new(row.GetGuid(1)), row.GetString(2), row.Text(3), Visibilities.Parse(row.GetString(4)), row.Id(5) is { } cover ? new GifId(cover) : null,
            row.GetInt64(6), row.Time(7), row.Time(8), row.TimeOrNull(9), row.GetInt32(10));
    }

    private static OwnerRow ReadOwner(NpgsqlDataReader row, int at) =>
        new(new(row.GetGuid(at)), row.GetString(at + 1), row.GetString(at + 2), row.Text(at + 3), !row.IsDBNull(at + 4));
}
