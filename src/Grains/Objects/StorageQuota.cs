using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GifShare.Grains.Objects;

/// <summary>An object that a user's row refers to.</summary>
public readonly record struct HeldBytes(string ObjectKey, long Size);

/// <summary>
/// A user's storage in bytes, accounted in the transaction that adds or removes the rows: the objects that the user holds (view <c>held_objects</c>), each
/// once however many rows refer to it, and announced uploads. Every change locks the user's row of <c>user_storage</c> first, so whether an object is
/// held already is decided by one transaction at a time.
/// </summary>
public sealed class StorageQuota(IOptions<StorageOptions> options)
{
    private const string Lock = "INSERT INTO user_storage AS s (user_id, used) VALUES (@user, 0) ON CONFLICT (user_id) DO UPDATE SET used = s.used; ";

    private const string NotHeld =
        """
        (SELECT coalesce(sum(size), 0)::bigint FROM unnest(@keys, @sizes) AS o (key, size)
         WHERE NOT EXISTS (SELECT FROM held_objects h WHERE h.owner_id = @user AND h.object_key = o.key))
        """;

    public static Error Exceeded { get; } = new(ErrorCode.QuotaExceeded, "Your storage is too small for this file; delete some uploads first.");

    /// <summary>Adds objects, before their rows are written; false, and no change, when the quota would be exceeded. Each key at most once.</summary>
    /// <param name="reserved">Bytes reserved for them before, which become free.</param>
    public Task<bool> Take(NpgsqlConnection connection, UserId user, IReadOnlyCollection<HeldBytes> objects, long reserved = 0) =>
        connection.ExecuteScalarAsync<bool>(
            $"""
            {Lock} UPDATE user_storage SET used = used - @reserved + {NotHeld}
            WHERE user_id = @user AND (used - @reserved + {NotHeld} <= @quota OR {NotHeld} <= @reserved) RETURNING true
            """,
            new
            {
                user = user.Value,
                keys = objects.Select(o => o.ObjectKey).ToArray(),
                sizes = objects.Select(o => o.Size).ToArray(),
                reserved,
                quota = options.Value.QuotaPerUser,
            });

    /// <summary>Subtracts objects that no row of the user refers to any more, after the rows were deleted.</summary>
    public static Task GiveBack(NpgsqlConnection connection, UserId user, params IReadOnlyCollection<HeldBytes> objects) => connection.ExecuteAsync(
        $"{Lock} UPDATE user_storage SET used = used - {NotHeld} WHERE user_id = @user",
        new { user = user.Value, keys = objects.Select(o => o.ObjectKey).ToArray(), sizes = objects.Select(o => o.Size).ToArray() });

    /// <summary>Reserves bytes for an announced upload; false, and no change, when the quota would be exceeded.</summary>
    public Task<bool> Reserve(NpgsqlConnection connection, UserId user, long bytes) => connection.ExecuteScalarAsync<bool>(
        $"{Lock} UPDATE user_storage SET used = used + @bytes WHERE user_id = @user AND used + @bytes <= @quota RETURNING true",
        new { user = user.Value, bytes, quota = options.Value.QuotaPerUser });

    /// <summary>Frees reserved bytes.</summary>
    public static Task Free(NpgsqlConnection connection, UserId user, long bytes) => connection.ExecuteAsync(
        "UPDATE user_storage SET used = used - @bytes WHERE user_id = @user", new { user = user.Value, bytes });

    /// <summary>Whether so many more bytes would fit now.</summary>
    public async Task<bool> Fits(NpgsqlConnection connection, UserId user, long size) => await connection.ExecuteScalarAsync<long>(
        "SELECT COALESCE((SELECT used FROM user_storage WHERE user_id = @user), 0)", new { user = user.Value }) + size <= options.Value.QuotaPerUser;
}
