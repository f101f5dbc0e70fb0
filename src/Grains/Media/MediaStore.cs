using Dapper;
using GifShare.Grains.Objects;
using GifShare.Media;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Media;

/// <summary>A media's row, with its upload while there is one.</summary>
public sealed record MediaRow(
    Guid Id, Guid OwnerId, string Status, string? FileName, string ContentType, long Size, string? Sha256, string? ObjectKey, string? Kind, int? Width, int? Height,
    string? AltText, string? ErrorCode, string? ErrorDetail, bool IsUsed, DateTime CreatedAt, string? Token, string? StoreId, long? PartSize, string? SourceUrl,
    DateTime? ExpiresAt, int? Attempts, long? Sent, string? TailToken, long? TailSize)
{
    public const string Columns =
        """
        m.id AS Id, m.owner_id AS OwnerId, m.status AS Status, m.file_name AS FileName, m.content_type AS ContentType, m.size AS Size, m.sha256 AS Sha256,
        m.object_key AS ObjectKey, m.kind AS Kind, m.width AS Width, m.height AS Height, m.alt_text AS AltText, m.error_code AS ErrorCode,
        m.error_detail AS ErrorDetail, m.is_used AS IsUsed, m.created_at AS CreatedAt, u.token AS Token, u.store_id AS StoreId, u.part_size AS PartSize,
        m.source_url AS SourceUrl, u.expires_at AS ExpiresAt, u.attempts AS Attempts,
        u.sent AS Sent, u.tail_token AS TailToken, u.tail_size AS TailSize
        """;

    public const string From = "media m LEFT JOIN uploads u ON u.media_id = m.id";

    public bool IsPending => Status == "pending";

    /// <summary>Bytes are announced and counted against the quota.</summary>
    public bool IsReserved => Status is "pending" or "uploaded";

    public UserId Owner => new(OwnerId);

    public MultipartUpload? Multipart => Token is null ? null : new(Token, StoreId!);

    /// <summary>The upload while it takes parts at addresses.</summary>
    public OpenUpload? Open => IsPending && Sent is null ? Unfinished : null;

    /// <summary>The upload while it takes chunks.</summary>
    public OpenUpload? Chunked => IsPending && Sent is not null ? Unfinished : null;

    public ChunkTail? Tail => TailToken is null ? null : new(TailToken, TailSize!.Value);

    private OpenUpload? Unfinished => Token is not null ? new(Token, StoreId!, PartSize!.Value, Size, ContentType, new(ExpiresAt!.Value)) : null;
}

/// <summary>
/// Rows of media and uploads. Each change of a status names the status that it leaves, so none is made twice or by an outdated activation.
/// </summary>
public sealed class MediaStore(Postgres postgres, StorageQuota quota, Idempotency idempotency, MediaPresenter presenter, TimeProvider time)
{
    private static readonly Error TooMany = new(ErrorCode.QuotaExceeded, "You have too many unused files; use or delete some of them first.");

    public Task<MediaRow?> Find(MediaId id) => postgres.Run(connection => Find(connection, id, ""));

    /// <summary>The owner's ready media of a file with this hash, the newest; not one whose file is lost.</summary>
    public Task<MediaRow?> FindSame(UserId owner, string sha256) => postgres.Run(connection => connection.QueryFirstOrDefaultAsync<MediaRow>(
        $"SELECT {MediaRow.Columns} FROM {MediaRow.From} WHERE m.owner_id = @owner AND m.sha256 = @sha256 AND m.status = 'ready' AND NOT EXISTS (SELECT FROM lost_objects l WHERE l.object_key = m.object_key) ORDER BY m.id DESC LIMIT 1",
        new { owner = owner.Value, sha256 }));

    /// <summary>Why an upload of so many bytes would be refused now; null when it would not.</summary>
    public Task<Error?> Refusal(UserId owner, long size, int maxUnused) => postgres.Run(async connection =>
        await connection.ExecuteScalarAsync<int>(
            "SELECT count(*) FROM (SELECT FROM media WHERE owner_id = @owner AND NOT is_used LIMIT @maxUnused) AS unused", new { owner = owner.Value, maxUnused }) >= maxUnused ? TooMany
        : await quota.Fits(connection, owner, size) ? null
        : StorageQuota.Exceeded);

    /// <summary>Writes a pending media and its upload, and reserves its bytes.</summary>
    public Task<Result<CreatedOrExisting<MediaUpload>>> Insert(
        MediaId id, UserId owner, NewMedia command, MultipartUpload upload, UploadShape shape, DateTimeOffset expires, IdempotencyTicket? ticket) =>
        postgres.InTransaction<Result<CreatedOrExisting<MediaUpload>>>(async connection =>
        {
            if (!await quota.Reserve(connection, owner, command.Size))
                return StorageQuota.Exceeded;
            await connection.ExecuteAsync(
                """
                INSERT INTO media (id, owner_id, status, file_name, content_type, size, sha256, alt_text, created_at, updated_at)
                VALUES (@id, @owner, 'pending', @FileName, @ContentType, @Size, @Sha256, @AltText, @now, @now);
                INSERT INTO uploads (media_id, token, store_id, part_size, expires_at, sent) VALUES (@id, @Token, @StoreId, @PartSize, @expires, @sent)
                """,
                new
                {
                    id = id.Value,
                    owner = owner.Value,
                    command.FileName,
                    command.ContentType,
                    command.Size,
                    command.Sha256,
                    command.AltText,
                    now = time.GetUtcNow(),
                    upload.Token,
                    upload.StoreId,
                    shape.PartSize,
                    expires,
                    sent = shape.InChunks ? 0L : (long?)null,
                });
            Result<CreatedOrExisting<MediaUpload>> result = new CreatedOrExisting<MediaUpload>(presenter.ShowUpload((await Find(connection, id, ""))!), IsNew: true);
            await idempotency.Store(connection, ticket, result, GifShareJson.Default.ResultCreatedOrExistingMediaUpload);
            return result;
        });

    /// <summary>Writes a media that is due to be fetched. What it takes is counted when it is there.</summary>
    public Task InsertFetched(MediaId id, UserId owner, string url, DateTimeOffset expires) => postgres.InTransaction(connection => connection.ExecuteAsync(
        """
        INSERT INTO media (id, owner_id, status, content_type, size, source_url, created_at, updated_at)
        VALUES (@id, @owner, 'uploaded', 'application/octet-stream', 0, @url, @now, @now) ON CONFLICT DO NOTHING;
        INSERT INTO uploads (media_id, expires_at, due_at) VALUES (@id, @expires, @now) ON CONFLICT DO NOTHING
        """,
        new { id = id.Value, owner = owner.Value, url, expires, now = time.GetUtcNow() }));

    /// <summary>Records that all bytes are in the store. False when the media is not pending any more.</summary>
    public Task<bool> Arrived(MediaId id) => postgres.InTransaction(async connection =>
        await connection.ExecuteAsync("UPDATE media SET status = 'uploaded', updated_at = @now WHERE id = @id AND status = 'pending'", new { id = id.Value, now = time.GetUtcNow() }) == 1
        && await connection.ExecuteAsync("UPDATE uploads SET due_at = @now WHERE media_id = @id", new { id = id.Value, now = time.GetUtcNow() }) == 1);

    /// <summary>Records a ready media, and refers to its object. Null when the media was settled or deleted meanwhile; else the refusal or success.</summary>
    public Task<Result?> Ready(MediaId id, ReadMedia read, PendingObject stored) => postgres.InTransaction(async connection =>
    {
        if (await Find(connection, id, "FOR UPDATE OF m") is not { Status: "uploaded" } row)
            return null;
        if (!await quota.Take(connection, row.Owner, [new(read.ObjectKey!, read.Size)], reserved: row.Size))
            return StorageQuota.Exceeded;
        await connection.ExecuteAsync(
            """
            UPDATE media SET status = 'ready', object_key = @ObjectKey, size = @Size, sha256 = @Sha256, content_type = @contentType, kind = @kind, width = @Width,
                height = @Height, updated_at = @now WHERE id = @id;
            DELETE FROM uploads WHERE media_id = @id
            """,
            new
            {
                id = id.Value,
                read.ObjectKey,
                read.Size,
                read.Sha256,
                contentType = stored.Key.ContentType,
                kind = MediaPresenter.NameOf(read.Kind!.Value),
                read.Width,
                read.Height,
                now = time.GetUtcNow(),
            });
        await ObjectKeeper.Settle(connection, stored);
        return Result.Ok;
    });

    /// <summary>Records why an upload is refused, and frees what was reserved. False when the media was settled or deleted meanwhile.</summary>
    public Task<bool> Failed(MediaId id, MediaError error) => postgres.InTransaction(async connection =>
    {
        if (await Find(connection, id, "FOR UPDATE OF m") is not { IsReserved: true } row)
            return false;
        await connection.ExecuteAsync(
            """
            UPDATE media SET status = 'failed', error_code = @Code, error_detail = @Detail, updated_at = @now WHERE id = @id;
            DELETE FROM uploads WHERE media_id = @id
            """,
            new { id = id.Value, error.Code, error.Detail, now = time.GetUtcNow() });
        await StorageQuota.Free(connection, row.Owner, row.Size);
        return true;
    });

    /// <summary>Deletes the rows and gives their storage back.</summary>
    /// <returns>The deleted row, whose bytes are to be purged; null when there is none of this owner.</returns>
    public Task<MediaRow?> Delete(MediaId id, UserId owner) => postgres.InTransaction(async connection =>
    {
        if (await Find(connection, id, "FOR UPDATE OF m") is not { } row || row.Owner != owner)
            return null;
        await connection.ExecuteAsync("DELETE FROM media WHERE id = @id", new { id = id.Value });
        if (row.IsReserved)
            await StorageQuota.Free(connection, owner, row.Size);
        else if (row.ObjectKey is { } key && !row.IsUsed)
            await StorageQuota.GiveBack(connection, owner, new HeldBytes(key, row.Size));
        return row;
    });

    /// <summary>The owner's media, locked until the transaction ends; null when there is none. For features that make something of it.</summary>
    public static async Task<MediaRow?> Lock(NpgsqlConnection connection, MediaId id, UserId owner) =>
        await Find(connection, id, "FOR UPDATE OF m") is { } row && row.Owner == owner ? row : null;

    /// <summary>Records that something was made of a ready media, which counts against the quota from then on instead of the media.</summary>
    public static Task Use(NpgsqlConnection connection, MediaId id) =>
        connection.ExecuteAsync("UPDATE media SET is_used = true WHERE id = @id", new { id = id.Value });

    /// <summary>Deletes the used media of an object. For the feature that purges the last thing it made of them, in that transaction.</summary>
    public static Task<int> Forget(NpgsqlConnection connection, UserId owner, string objectKey) => connection.ExecuteAsync(
        "DELETE FROM media WHERE owner_id = @owner AND object_key = @objectKey AND is_used", new { owner = owner.Value, objectKey });

    private static Task<MediaRow?> Find(NpgsqlConnection connection, MediaId id, string locking) =>
        connection.QuerySingleOrDefaultAsync<MediaRow>($"SELECT {MediaRow.Columns} FROM {MediaRow.From} WHERE m.id = @id {locking}", new { id = id.Value });
}
