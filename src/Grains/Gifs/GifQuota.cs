using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>Storage of a user's uploads in bytes, accounted in the transaction that adds or removes them.</summary>
public sealed class GifQuota(IOptions<GifsOptions> options)
{
    public static Error Exceeded { get; } = new(ErrorCode.QuotaExceeded, "Your storage is too small for this file; delete some uploads first.");
    public static Error TrashFull { get; } = new(ErrorCode.QuotaExceeded, "Your trash is full: deleted uploads take storage for 30 days. Restore some, or wait.");

    /// <summary>Adds to the used storage; false, and no change, when the quota would be exceeded.</summary>
    public async Task<bool> Take(NpgsqlConnection connection, UserId user, long size) =>
        await connection.ExecuteAsync(
            """
            INSERT INTO user_storage AS s (user_id, used) SELECT @user, @size WHERE @size <= @quota
            ON CONFLICT (user_id) DO UPDATE SET used = s.used + @size WHERE s.used + @size <= @quota
            """,
            new { user = user.Value, size, quota = options.Value.QuotaPerUser }) == 1;

    /// <summary>
    /// Whether deleted uploads exceed the quota. They keep their bytes until the purge, so without this limit alternating uploads and deletions
    /// would fill the disk.
    /// </summary>
    public async Task<bool> IsTrashFull(NpgsqlConnection connection, UserId user) =>
        await connection.ExecuteScalarAsync<long>(
            """
            SELECT COALESCE(sum(size), 0)::bigint
            FROM (SELECT DISTINCT object_key, size FROM gifs WHERE owner_id = @user AND deleted_at IS NOT NULL AND object_key IS NOT NULL) AS trash
            """,
            new { user = user.Value }) > options.Value.QuotaPerUser;

    /// <summary>Whether <see cref="Take"/> would succeed now.</summary>
    public async Task<bool> Fits(NpgsqlConnection connection, UserId user, long size) => await connection.ExecuteScalarAsync<long>(
        "SELECT COALESCE((SELECT used FROM user_storage WHERE user_id = @user), 0)", new { user = user.Value }) + size <= options.Value.QuotaPerUser;

    /// <summary>Subtracts storage taken before.</summary>
    public static Task GiveBack(NpgsqlConnection connection, UserId user, long size) => connection.ExecuteAsync(
        "UPDATE user_storage SET used = used - @size WHERE user_id = @user", new { user = user.Value, size });
}
