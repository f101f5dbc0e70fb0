using GifShare.Gifs;
using GifShare.Grains.Collections;
using Npgsql;
using NpgsqlTypes;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Who may see gif <c>g</c> (api.md, GIFs): its owner; whoever may see a collection that holds it; who brings a share link's token
/// (<c>via</c>), with an unlock where the link has a password and a view's pass where it is capped, as for all that a link opens.
/// </summary>
public sealed class GifVisibility(LinkSecrets secrets, TimeProvider time)
{
    /// <summary>For statements that read <see cref="GifCards.From"/>; needs the parameters that <c>Bind</c> binds.</summary>
    internal const string IsVisible =
        $"""
        {GifCards.IsLive} AND (
            g.owner_id = @caller
            OR EXISTS (
                SELECT FROM collection_items i
                JOIN collections c ON c.id = i.collection_id
                JOIN users o ON o.id = c.owner_id
                WHERE i.gif_id = g.id AND i.removed_at IS NULL AND i.available AND c.deleted_at IS NULL AND o.deleted_at IS NULL
                    AND (c.visibility = 'public' OR c.owner_id = @caller))
            OR EXISTS (
                SELECT FROM share_links l
                JOIN collections c ON c.id = l.collection_id
                JOIN users o ON o.id = c.owner_id
                JOIN collection_items i ON i.collection_id = c.id AND i.gif_id = g.id
                WHERE l.id = @link AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > @now)
                    AND c.visibility <> 'private' AND c.deleted_at IS NULL AND o.deleted_at IS NULL
                    AND i.removed_at IS NULL AND i.available))
        """;

    /// <summary>Those among these that the caller may see, by id.</summary>
    /// <param name="caller">Null for an anonymous caller.</param>
    public async Task<Dictionary<GifId, GifCard>> LoadVisible(NpgsqlConnection connection, IReadOnlyCollection<GifId> ids, UserId? caller, ViaLink? via)
    {
        var link = await Open(connection, via);
        await using var command = new NpgsqlCommand(
            $"SELECT {GifCards.Columns} FROM {GifCards.From} WHERE g.id = ANY(@ids) AND {IsVisible}", connection);
        command.Parameters.AddWithValue("ids", ids.Select(id => id.Value).ToArray());
        Bind(command.Parameters, caller, link);
        return await GifCards.ReadAll(command);
    }

    /// <summary>Binds what <see cref="IsVisible"/> needs: one statement more when there is a link to open.</summary>
    internal async Task Bind(NpgsqlCommand command, UserId? caller, ViaLink? via) =>
        Bind(command.Parameters, caller, await Open(command.Connection!, via));

    private void Bind(NpgsqlParameterCollection parameters, UserId? caller, LinkId? link)
    {
        parameters.Add(new("caller", NpgsqlDbType.Uuid) { Value = (object?)caller?.Value ?? DBNull.Value });
        parameters.Add(new("link", NpgsqlDbType.Uuid) { Value = (object?)link?.Value ?? DBNull.Value });
        parameters.Add(new("now", NpgsqlDbType.TimestampTz) { Value = time.GetUtcNow() });
    }

    /// <summary>The link that is brought, when it lets the bringer in; whether it is alive is for <see cref="IsVisible"/> to say.</summary>
    private async Task<LinkId?> Open(NpgsqlConnection connection, ViaLink? via)
    {
        if (via is null)
            return null;
        await using var command = new NpgsqlCommand(
            "SELECT id, password_version, password_hash IS NOT NULL, max_views IS NOT NULL FROM share_links WHERE token_hash = @hash", connection);
        command.Parameters.AddWithValue("hash", LinkSecrets.Hash(via.Token));
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        var link = new LinkId(row.GetGuid(0));
        var isLocked = row.GetBoolean(2) && !secrets.IsUnlocked(via.Unlock, link, row.GetInt32(1));
        var isUnpaid = row.GetBoolean(3) && !secrets.IsPass(via.Pass, link);
        return isLocked || isUnpaid ? null : link;
    }
}
