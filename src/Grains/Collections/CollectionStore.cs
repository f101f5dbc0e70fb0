using GifShare.Accounts;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>The owner's columns that a collection shows.</summary>
public sealed record OwnerRow(UserId Id, string Username, string DisplayName, string? AvatarKey, bool IsDeleted)
{
    public UserCard Card(AddressSigner signer, DateTimeOffset now) =>
        new(Id, Username, DisplayName, AvatarKey is null ? null : signer.Sign(AvatarKey, AddressSigner.GifScope, now));
}

/// <summary>All rows of a collection that an activation keeps in memory.</summary>
/// <param name="Drifted">The availability of some item differs from its gif's row.</param>
public sealed record LoadedCollection(
    CollectionHead Head, OwnerRow Owner, long Views, long Likes, ItemIndex Items, List<Link> Links, long Revision, bool Drifted);

/// <summary>
/// The SQL of a collection's own row. Only its grain writes. Optimistic concurrency: every write compares the revision it was made on and raises
/// it by one, or fails with <see cref="OvertakenException"/> and changes nothing (docs/decisions/0022-zombies.md).
/// </summary>
public sealed class CollectionStore(Postgres postgres, Idempotency idempotency)
{
    private const string HeadColumns =
        "c.id, c.owner_id, c.name, c.description, c.visibility, c.cover_gif_id, c.version, c.created_at, c.updated_at, c.deleted_at, c.key_epoch, c.allow_copies";

    private const int HeadWidth = 12;
    private const string OwnerColumns = "o.id, o.username, o.display_name, o.avatar_key, o.deleted_at";

    private const string HeadOf =
        $"""
        SELECT {HeadColumns}, {OwnerColumns}, k.view_count, k.like_count, c.revision
        FROM collections c JOIN users o ON o.id = c.owner_id JOIN collection_counters k ON k.collection_id = c.id
        WHERE c.id = $1
        """;

    private const string RevisionOf = "SELECT revision FROM collections WHERE id = $1";

    /// <summary>Loads all rows in one round trip. Null when the collection does not exist.</summary>
    public Task<LoadedCollection?> Load(CollectionId id) => postgres.Run<LoadedCollection?>(async connection =>
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await using var batch = connection.Batch(id.Value, HeadOf, ItemRows.ItemsOf, ItemRows.HighestOf, LinkStore.LinksOf, RevisionOf);
            await using var reader = await batch.ExecuteReaderAsync();
            var heads = await reader.Rows(row => (Head: ReadHead(row), Owner: ReadOwner(row, HeadWidth), Views: row.GetInt64(HeadWidth + 5), Likes: row.GetInt64(HeadWidth + 6), Revision: row.GetInt64(HeadWidth + 7)));
            if (heads.Count == 0)
                return null;
            var (head, owner, views, likes, revision) = heads[0];
            await reader.NextResultAsync();
            var (items, drifted) = await ItemRows.ReadItems(reader);
            var links = await reader.NextRows(LinkStore.ReadLink);
            // Each statement has its own snapshot; another activation's write may have been committed in between.
            if (await reader.NextRows(row => row.GetInt64(0)) is [var last] && last == revision)
                return new LoadedCollection(head, owner, views, likes, items, links, revision, drifted);
        }

        throw new StoreUnavailableException(new OvertakenException());
    });

    public Task<OwnerRow> LoadOwner(UserId id) => postgres.Run(connection => LoadOwner(connection, id));

    public static async Task<OwnerRow> LoadOwner(NpgsqlConnection connection, UserId id) =>
        (await connection.Query($"SELECT {OwnerColumns} FROM users o WHERE o.id = $1", [id.Value], row => ReadOwner(row, 0)))[0];

    public static async Task Insert(NpgsqlConnection connection, CollectionHead head, int itemCount)
    {
        await connection.Execute(
            """
            INSERT INTO collections (id, owner_id, name, description, visibility, item_count, version, created_at, updated_at, allow_copies)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            head.Id.Value, head.Owner.Value, head.Name, head.Description, head.Visibility.Name(), itemCount, head.Version, head.CreatedAt, head.UpdatedAt, head.AllowCopies);
        await connection.Execute("INSERT INTO collection_counters (collection_id) VALUES ($1)", head.Id.Value);
    }

    /// <exception cref="OvertakenException">The row's revision is not <paramref name="known"/>.</exception>
    public static async Task Save(NpgsqlConnection connection, CollectionHead head, int itemCount, long known) => OvertakenException.Unless(await connection.Execute(
        """
        UPDATE collections SET name = $2, description = $3, visibility = $4, cover_gif_id = $5, item_count = $6, version = $7,
            updated_at = $8, deleted_at = $9, key_epoch = $10, allow_copies = $11, revision = revision + 1
        WHERE id = $1 AND revision = $12
        """,
        head.Id.Value, head.Name, head.Description, head.Visibility.Name(), head.CoverGif?.Value, itemCount, head.Version,
        head.UpdatedAt, head.DeletedAt, head.KeyEpoch, head.AllowCopies, known) == 1);

    /// <summary>Runs an edit in one transaction: what <paramref name="work"/> writes, and the stored answer of an idempotent request.</summary>
    public Task<Result<T>> Commit<T>(
        IdempotencyTicket? ticket, System.Text.Json.Serialization.Metadata.JsonTypeInfo<Result<T>> type, Func<NpgsqlConnection, Task<Result<T>>> work) =>
        postgres.InTransaction(async connection =>
        {
            var result = await work(connection);
            await idempotency.Store(connection, ticket, result, type);
            return result;
        });

    public Task Commit(Func<NpgsqlConnection, Task> work) => postgres.InTransaction(work);

    /// <summary>Answers an edit that changes nothing, and stores the answer; fails if memory is not at the rows' revision.</summary>
    public Task<Result<T>> Confirm<T>(
        CollectionId id, long known, IdempotencyTicket? ticket, System.Text.Json.Serialization.Metadata.JsonTypeInfo<Result<T>> type,
        Func<NpgsqlConnection, Task<Result<T>>> work) =>
        Commit(ticket, type, async connection =>
        {
            var result = await work(connection);
            await Confirm(connection, id, known);
            return result;
        });

    /// <summary>Checks that memory is at the rows' revision.</summary>
    /// <param name="id">The collection.</param>
    /// <param name="known">The revision of memory; null when memory has no such collection.</param>
    public Task Confirm(CollectionId id, long? known) => postgres.Run(connection => Confirm(connection, id, known));

    private static async Task Confirm(NpgsqlConnection connection, CollectionId id, long? known) =>
        OvertakenException.Unless(await connection.Query(RevisionOf, [id.Value], row => row.GetInt64(0)) is [var last] ? last == known : known is null);

    private static CollectionHead ReadHead(NpgsqlDataReader row)
    {
        return new(
            new(row.GetGuid(0)), new(row.GetGuid(1)), row.GetString(2), row.Text(3), Visibilities.Parse(row.GetString(4)), row.Id(5) is { } cover ? new GifId(cover) : null,
            row.GetInt64(6), row.Time(7), row.Time(8), row.TimeOrNull(9), row.GetInt32(10), row.GetBoolean(11));
    }

    private static OwnerRow ReadOwner(NpgsqlDataReader row, int at) =>
        new(new(row.GetGuid(at)), row.GetString(at + 1), row.GetString(at + 2), row.Text(at + 3), !row.IsDBNull(at + 4));
}
