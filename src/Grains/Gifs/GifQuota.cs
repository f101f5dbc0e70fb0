using Dapper;
using GifShare.Grains.Objects;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>The limit of deleted uploads, beside <see cref="StorageQuota"/> for live ones.</summary>
public sealed class GifQuota(StorageQuota storage, IOptions<StorageOptions> options)
{
    private static Error TrashFull { get; } = new(ErrorCode.QuotaExceeded, "Your trash is full: deleted uploads take storage for 30 days. Restore some, or wait.");

    /// <inheritdoc cref="StorageQuota.Take"/>
    public Task<bool> Take(NpgsqlConnection connection, UserId user, string objectKey, long size) => storage.Take(connection, user, [new(objectKey, size)]);

    /// <summary>Why another upload of so many bytes would be refused now; null when it would not.</summary>
    public async Task<Error?> Refusal(NpgsqlConnection connection, UserId user, long size) =>
        await IsTrashFull(connection, user) ? TrashFull : await storage.Fits(connection, user, size) ? null : StorageQuota.Exceeded;

    /// <summary>
    /// Whether deleted uploads exceed the quota. They keep their bytes until the purge, so without this limit alternating uploads and deletions
    /// would fill the disk.
    /// </summary>
    private async Task<bool> IsTrashFull(NpgsqlConnection connection, UserId user) =>
        await connection.ExecuteScalarAsync<long>(
            """
            SELECT COALESCE(sum(size), 0)::bigint
            FROM (SELECT DISTINCT object_key, size FROM gifs WHERE owner_id = @user AND deleted_at IS NOT NULL AND object_key IS NOT NULL) AS trash
            """,
            new { user = user.Value }) > options.Value.QuotaPerUser;
}
