using GifShare.Gifs;
using GifShare.Grains.Gifs;
using Npgsql;
using NpgsqlTypes;

namespace GifShare.Grains.Collections;

/// <summary>
/// Visibility of a gif through collections that hold it (api.md, GIFs): to the collection's readers, and to callers with a share link's token
/// (<c>via</c>), with an unlock if the link has a password and a pass if it is capped.
/// </summary>
internal sealed class CollectionAudience(LinkSecrets secrets) : IGifAudience
{
    /// <summary>
    /// The gif is in a live collection of its owner that is public or has a live link. The OFFSET stops PostgreSQL from planning this as a join over
    /// every gif's items; the LIMIT bounds the cost for a gif that its owner put into thousands of collections.
    /// </summary>
    public string IsOpen =>
        """
        EXISTS (
            SELECT FROM (
                SELECT collection_id FROM collection_items WHERE gif_id = g.id AND is_own AND removed_at IS NULL LIMIT 200) own
            JOIN collections holder ON holder.id = own.collection_id
            WHERE holder.deleted_at IS NULL
                AND (holder.visibility = 'public' OR holder.visibility = 'shared' AND EXISTS (
                    SELECT FROM share_links opener
                    WHERE opener.collection_id = holder.id AND opener.revoked_at IS NULL AND (opener.expires_at IS NULL OR opener.expires_at > now())
                        AND (opener.max_views IS NULL OR opener.view_count < opener.max_views)))
            OFFSET 0)
        """;

    public string IsVisible(string isOpen) =>
        $"""
        (EXISTS (
                SELECT FROM collection_items i
                JOIN collections c ON c.id = i.collection_id
                JOIN users o ON o.id = c.owner_id
                WHERE i.gif_id = g.id AND i.removed_at IS NULL AND i.available AND c.deleted_at IS NULL AND o.deleted_at IS NULL
                    AND (c.visibility = 'public' OR c.owner_id = @caller) AND (i.is_own OR {isOpen}))
            OR EXISTS (
                SELECT FROM share_links l
                JOIN collections c ON c.id = l.collection_id
                JOIN users o ON o.id = c.owner_id
                JOIN collection_items i ON i.collection_id = c.id AND i.gif_id = g.id
                WHERE l.id = @link AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > @now)
                    AND c.visibility <> 'private' AND c.deleted_at IS NULL AND o.deleted_at IS NULL
                    AND i.removed_at IS NULL AND i.available AND (i.is_own OR {isOpen})))
        """;

    public async Task Bind(NpgsqlCommand command, ViaLink? via) =>
        command.Parameters.Add(new("link", NpgsqlDbType.Uuid) { Value = (object?)(await Open(command.Connection!, via))?.Value ?? DBNull.Value });

    /// <summary>The link if its password and cap are satisfied; <see cref="IsVisible"/> checks that it is live.</summary>
    private async Task<LinkId?> Open(NpgsqlConnection connection, ViaLink? via)
    {
        if (via is null)
            return null;
        await using var command = new NpgsqlCommand(
            "SELECT id, password_version, password_hash IS NOT NULL, max_views IS NOT NULL FROM share_links WHERE token_hash = @hash", connection);
        command.Parameters.AddWithValue("hash", Convert.FromHexString(LinkTokens.HashOf(via.Token)));
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        var link = new LinkId(row.GetGuid(0));
        var isLocked = row.GetBoolean(2) && !secrets.IsUnlocked(via.Unlock, link, row.GetInt32(1));
        var isUnpaid = row.GetBoolean(3) && !secrets.IsPass(via.Pass, link);
        return isLocked || isUnpaid ? null : link;
    }
}
