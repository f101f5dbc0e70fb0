using System.Text.Json.Serialization.Metadata;
using GifShare.Collections;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>
/// The SQL of share links. An edit compares and raises the collection's revision; views commute, and <see cref="ViewWriter"/> writes them.
/// </summary>
public sealed class LinkStore(Postgres postgres, Idempotency idempotency)
{
    /// <summary>CTE that raises the revision of collection $1 if it is $2; returns no row otherwise.</summary>
    private const string Mine = "mine AS (UPDATE collections SET revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING id)";

    internal const string LinksOf =
        """
        SELECT id, token_hash, token_sealed, created_at, label, password_hash, password_version, expires_at, max_views, view_count, last_viewed_at
        FROM share_links WHERE collection_id = $1 AND revoked_at IS NULL
        """;

    internal static Link ReadLink(NpgsqlDataReader row) => new()
    {
        Id = new(row.GetGuid(0)),
        TokenHash = Convert.ToHexStringLower(row.GetFieldValue<byte[]>(1)),
        TokenSealed = row.GetFieldValue<byte[]>(2),
        CreatedAt = row.Time(3),
        Label = row.Text(4),
        PasswordHash = row.Text(5),
        PasswordVersion = row.GetInt32(6),
        ExpiresAt = row.TimeOrNull(7),
        MaxViews = row.Long(8),
        Views = row.GetInt64(9),
        LastViewedAt = row.TimeOrNull(10),
    };

    public Task Insert(CollectionId collection, Link link, long known, IdempotencyTicket? ticket, Result<ShareLink> answer, JsonTypeInfo<Result<ShareLink>> type) =>
        postgres.InTransaction(async connection =>
        {
            OvertakenException.Unless(await connection.Execute(
                $"""
                WITH {Mine}
                INSERT INTO share_links (id, collection_id, token_hash, token_sealed, label, password_hash, password_version, expires_at, max_views, created_at)
                SELECT $3, mine.id, $4, $5, $6::text, $7::text, $8, $9::timestamptz, $10::bigint, $11 FROM mine
                """,
                collection.Value, known, link.Id.Value, Convert.FromHexString(link.TokenHash), link.TokenSealed, link.Label, link.PasswordHash,
                link.PasswordVersion, link.ExpiresAt, link.MaxViews, link.CreatedAt) == 1);
            await idempotency.Store(connection, ticket, answer, type);
        });

    /// <summary>Returns the committed view count: views granted before a new cap took effect.</summary>
    public Task<long> Update(
        CollectionId collection, LinkId id, long known, string? label, string? passwordHash, int passwordVersion, DateTimeOffset? expiresAt, long? maxViews) =>
        postgres.Run(async connection =>
        {
            var views = await connection.Query(
                $"""
                WITH {Mine}
                UPDATE share_links l SET label = $4, password_hash = $5, password_version = $6, expires_at = $7, max_views = $8
                FROM mine WHERE l.id = $3 AND l.collection_id = mine.id RETURNING l.view_count
                """,
                [collection.Value, known, id.Value, label, passwordHash, passwordVersion, expiresAt, maxViews],
                row => row.GetInt64(0));
            OvertakenException.Unless(views.Count == 1);
            return views[0];
        });

    /// <summary>Stores a rehash of the same password; no user-visible change.</summary>
    public Task Rehash(CollectionId collection, LinkId id, long known, string passwordHash) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.Execute(
            $"WITH {Mine} UPDATE share_links l SET password_hash = $4 FROM mine WHERE l.id = $3 AND l.collection_id = mine.id",
            collection.Value, known, id.Value, passwordHash) == 1));

    public Task Revoke(CollectionId collection, LinkId id, long known, DateTimeOffset now) => postgres.Run(async connection =>
        OvertakenException.Unless(await connection.Execute(
            $"WITH {Mine} UPDATE share_links l SET revoked_at = $4 FROM mine WHERE l.id = $3 AND l.collection_id = mine.id",
            collection.Value, known, id.Value, now) == 1));

    /// <summary>The collection of a link that is not revoked; the collection's grain checks everything else.</summary>
    public Task<CollectionId?> Find(byte[] tokenHash) => postgres.Run(async connection =>
    {
        var rows = await connection.Query(
            "SELECT collection_id FROM share_links WHERE token_hash = $1 AND revoked_at IS NULL", [tokenHash], row => new CollectionId(row.GetGuid(0)));
        return rows.Count > 0 ? rows[0] : (CollectionId?)null;
    });
}
