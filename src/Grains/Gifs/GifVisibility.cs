using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Who may see gif <c>g</c> (api.md, GIFs): its owner; whoever may see a collection that holds it; who brings a share link's token
/// (<c>via</c>). A token opens only what the link alone would open: not behind a password, not after its cap or expiry.
/// </summary>
public static class GifVisibility
{
    /// <summary>For statements that read <see cref="GifCards.From"/>; needs the parameters that <see cref="Add"/> binds.</summary>
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
                WHERE l.token_hash = @via AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > @now)
                    AND l.password_hash IS NULL AND (l.max_views IS NULL OR l.view_count < l.max_views)
                    AND c.visibility <> 'private' AND c.deleted_at IS NULL AND o.deleted_at IS NULL
                    AND i.removed_at IS NULL AND i.available))
        """;

    /// <summary>Those among these that the caller may see, by id, in one statement.</summary>
    /// <param name="caller">Null for an anonymous caller.</param>
    /// <param name="via">A share link's token, or null.</param>
    public static async Task<Dictionary<GifId, GifCard>> LoadVisible(
        NpgsqlConnection connection, IReadOnlyCollection<GifId> ids, UserId? caller, string? via, DateTimeOffset now)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {GifCards.Columns} FROM {GifCards.From} WHERE g.id = ANY(@ids) AND {IsVisible}", connection);
        command.Parameters.AddWithValue("ids", ids.Select(id => id.Value).ToArray());
        Add(command.Parameters, caller, via, now);
        return await GifCards.ReadAll(command);
    }

    internal static void Add(NpgsqlParameterCollection parameters, UserId? caller, string? via, DateTimeOffset now)
    {
        parameters.Add(new("caller", NpgsqlDbType.Uuid) { Value = (object?)caller?.Value ?? DBNull.Value });
        parameters.Add(new("via", NpgsqlDbType.Bytea) { Value = (object?)HashOf(via) ?? DBNull.Value });
        parameters.Add(new("now", NpgsqlDbType.TimestampTz) { Value = now });
    }

    /// <summary>As <c>share_links.token_hash</c>.</summary>
    private static byte[]? HashOf(string? token) => token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
