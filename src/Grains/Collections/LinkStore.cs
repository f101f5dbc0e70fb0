using System.Text.Json.Serialization.Metadata;
using GifShare.Collections;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>The SQL of share links. Views are written by <see cref="ViewWriter"/>.</summary>
public sealed class LinkStore(Postgres postgres, Idempotency idempotency)
{
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

    public Task Insert(CollectionId collection, Link link, IdempotencyTicket? ticket, Result<ShareLink> answer, JsonTypeInfo<Result<ShareLink>> type) =>
        postgres.InTransaction(async connection =>
        {
            await connection.Execute(
                """
                INSERT INTO share_links (id, collection_id, token_hash, token_sealed, label, password_hash, password_version, expires_at, max_views, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                link.Id.Value, collection.Value, Convert.FromHexString(link.TokenHash), link.TokenSealed, link.Label, link.PasswordHash,
                link.PasswordVersion, link.ExpiresAt, link.MaxViews, link.CreatedAt);
            await idempotency.Store(connection, ticket, answer, type);
        });

    /// <summary>Answers the views committed until then: those were given before a new cap held.</summary>
    public Task<long> Update(LinkId id, string? label, string? passwordHash, int passwordVersion, DateTimeOffset? expiresAt, long? maxViews) =>
        postgres.Run(async connection => (await connection.Query(
            """
            UPDATE share_links SET label = $2, password_hash = $3, password_version = $4, expires_at = $5, max_views = $6
            WHERE id = $1 RETURNING view_count
            """,
            [id.Value, label, passwordHash, passwordVersion, expiresAt, maxViews],
            row => row.GetInt64(0)))[0]);

    public Task Revoke(LinkId id, DateTimeOffset now) =>
        postgres.Run(connection => connection.Execute("UPDATE share_links SET revoked_at = $2 WHERE id = $1", id.Value, now));

    /// <summary>The collection of a live link, whatever its state; the collection's grain judges that.</summary>
    public Task<CollectionId?> Find(byte[] tokenHash) => postgres.Run(async connection =>
    {
        var rows = await connection.Query(
            "SELECT collection_id FROM share_links WHERE token_hash = $1 AND revoked_at IS NULL", [tokenHash], row => new CollectionId(row.GetGuid(0)));
        return rows.Count > 0 ? rows[0] : (CollectionId?)null;
    });
}
