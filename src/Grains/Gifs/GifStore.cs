using Dapper;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// The rows of gifs. Each change is one transaction: the row, what the owner's uploads take, and the answer that an Idempotency-Key
/// remembers. Bytes are committed under their advisory lock (<see cref="IObjectStore"/>, References). A change locks its row before it looks at
/// it; it is overtaken, and keeps nothing, when the grain knows another revision (docs/decisions/0022-zombies.md).
/// </summary>
public sealed class GifStore(
    Postgres postgres, IObjectStore objects, Idempotency idempotency, GifViews views, GifVisibility visibility, IOptions<GifsOptions> options,
    TimeProvider time)
{
    private static readonly Error QuotaExceeded = new(ErrorCode.QuotaExceeded, "This does not fit into your storage; delete some uploads first.");
    private static readonly Error TrashFull = new(ErrorCode.QuotaExceeded, "Your trash is full: deleted uploads keep their bytes for 30 days; restore some, or wait.");
    private static readonly Error NotYours = Error.Forbidden("Only its owner can change a gif.");
    private static readonly Error AgainThere = Error.Conflict("You have added this gif again meanwhile; it can exist only once.");

    public async Task<Result<Gif>> Get(GifId id, UserId? caller, ViaLink? via)
    {
        var visible = await postgres.Run(connection => visibility.LoadVisible(connection, [id], caller, via));
        return visible.TryGetValue(id, out var card) ? views.Show(card) : Error.NotFound;
    }

    public Task<Result<Made<Gif>>> CreateLinked(GifId id, UserId owner, CheckedLink link, IdempotencyTicket? ticket) =>
        postgres.InTransaction<Result<Made<Gif>>>(async connection =>
        {
            var isNew = await Insert(connection, id, owner, link.Texts, link.Provider, link.Width, link.Height, link.Url, upload: null);
            var existing = isNew ? id : await Find(connection, "owner_id = @owner AND md5(url) = md5(@what) AND url IS NOT NULL", owner, link.Url);
            return await Made(connection, existing, isNew, ticket);
        });

    /// <summary>When this is a refusal or throws, the staged bytes may still be there; the caller discards them.</summary>
    public Task<Result<Made<Gif>>> CreateUploaded(GifId id, UserId owner, NewUploadedGif upload, GifTexts texts, IdempotencyTicket? ticket)
    {
        if (!ObjectKey.TryParse(upload.ObjectKey, out var key))
            throw new ArgumentException("The frontend sent no object key.", nameof(upload));
        return postgres.InTransaction<Result<Made<Gif>>>(async connection =>
        {
            await LockBytes(connection, upload.ObjectKey);
            if (await TryFind(connection, "owner_id = @owner AND object_key = @what", owner, upload.ObjectKey) is { } existing)
                return await Made(connection, existing, isNew: false, ticket);
            if (await IsTrashFull(connection, owner))
                return TrashFull;
            if (!await TakeStorage(connection, owner, upload.Size))
                return QuotaExceeded;
            var outcome = await objects.CommitAsync(new(upload.StagedObject, key.Sha256, upload.Size), key, CancellationToken.None);
            if (outcome == CommitOutcome.StagedGone)
                throw new ObjectStoreUnavailableException("The staged bytes are gone; they must be sent again.");

            if (!await Insert(connection, id, owner, texts, GifRules.UploadProvider, upload.Width, upload.Height, url: null, upload))
                throw new InvalidOperationException("The same upload twice, although its lock is held.");
            return await Made(connection, id, isNew: true, ticket);
        });
    }

    /// <param name="known">The revision that this activation has written, or null. The answer has the one it has written now.</param>
    public Task<(Result<Gif> Result, long? Revision)> Update(GifId id, UserId caller, CheckedGifPatch patch, long? known) =>
        postgres.InTransaction<(Result<Gif>, long?)>(async connection =>
        {
            var row = await OwnRow(connection, id, caller, known);
            if (await Refusal(connection, id, caller, row) is { } refusal)
                return (refusal, null);
            // Without an owner there is none: the account was deleted meanwhile.
            if (!(await GifCards.Load(connection, [id])).TryGetValue(id, out var card))
                return (Error.NotFound, null);
            var texts = patch.Apply(new(card.Title, card.AltText, card.Tags, card.Rating));
            await connection.ExecuteAsync(
                """
                UPDATE gifs SET title = @Title, alt_text = @AltText, tags = @tags, rating = @Rating, updated_at = @now, revision = revision + 1
                WHERE id = @id
                """,
                new { texts.Title, texts.AltText, tags = texts.Tags.ToArray(), texts.Rating, now = time.GetUtcNow(), id = id.Value });
            return (views.Show(card with { Title = texts.Title, AltText = texts.AltText, Tags = texts.Tags, Rating = texts.Rating }), row!.Revision + 1);
        });

    /// <returns>The refusal, and whether it is gone now, by this call or an earlier one: then the holders are to be told.</returns>
    public Task<(Error? Refusal, bool IsGone, long? Revision)> Delete(GifId id, UserId caller, long? known) =>
        postgres.InTransaction<(Error?, bool, long?)>(async connection =>
        {
            var row = await OwnRow(connection, id, caller, known);
            if (await Refusal(connection, id, caller, row) is { } refusal)
                return (refusal, row is not null, null);
            await connection.ExecuteAsync(
                "UPDATE gifs SET deleted_at = @now, telling_due = true, revision = revision + 1 WHERE id = @id", new { now = time.GetUtcNow(), id = id.Value });
            await connection.ExecuteAsync(
                "UPDATE user_storage s SET used = s.used - g.size FROM gifs g WHERE g.id = @id AND g.object_key IS NOT NULL AND s.user_id = g.owner_id",
                new { id = id.Value });
            return (null, true, row!.Revision + 1);
        });

    public async Task<(Result<Gif> Result, long? Revision)> Restore(GifId id, UserId caller, IdempotencyTicket? ticket, long? known)
    {
        try
        {
            return await postgres.InTransaction<(Result<Gif>, long?)>(async connection =>
            {
                await LockBytes(connection, await connection.QuerySingleOrDefaultAsync<string?>("SELECT object_key FROM gifs WHERE id = @id", new { id = id.Value }));
                if (await OwnRow(connection, id, caller, known) is not { } row)
                    return (await Refusal(connection, id, caller, null) ?? Error.NotFound, null);
                if (row.DeletedAt is { } deletedAt)
                {
                    if (deletedAt <= (time.GetUtcNow() - GifRules.UndoWindow).UtcDateTime)
                        return (Error.NotFound, null);
                    if (row.Size is { } size && !await TakeStorage(connection, caller, size))
                        return (QuotaExceeded, null);
                    await connection.ExecuteAsync(
                        "UPDATE gifs SET deleted_at = NULL, telling_due = true, revision = revision + 1 WHERE id = @id", new { id = id.Value });
                }

                Result<Gif> result = views.Show(await Card(connection, id));
                await idempotency.Store(connection, ticket, result, GifShareJson.Default.ResultGif);
                return (result, row.DeletedAt is null ? row.Revision : row.Revision + 1);
            });
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "gifs_owner_url" or "gifs_owner_object" })
        {
            return (AgainThere, null);
        }
    }

    /// <summary>Who holds it, deleted or not, and must still be told that it went or came back; null when all were told.</summary>
    public Task<HoldersToTell?> HoldersToTell(GifId id) => postgres.Run<HoldersToTell?>(async connection =>
    {
        if (await connection.ExecuteScalarAsync<long?>("SELECT revision FROM gifs WHERE id = @id AND telling_due", new { id = id.Value }) is not { } revision)
            return null;
        var collections = await connection.QueryAsync<Guid>("SELECT collection_id FROM collection_items WHERE gif_id = @id", new { id = id.Value });
        var users = await connection.QueryAsync<Guid>("SELECT user_id FROM favorites WHERE gif_id = @id", new { id = id.Value });
        return new([.. collections.Select(CollectionId.From)], [.. users.Select(UserId.From)], revision);
    });

    /// <summary>False when it went or came back meanwhile: then all have to be told again.</summary>
    public Task<bool> Told(GifId id, long known) => postgres.Run(async connection => await connection.ExecuteAsync(
        "UPDATE gifs SET telling_due = false, revision = revision + 1 WHERE id = @id AND revision = @known", new { id = id.Value, known }) == 1);

    /// <summary>Null when the caller owns it and it is there.</summary>
    private async Task<Error?> Refusal(NpgsqlConnection connection, GifId id, UserId caller, OwnedRow? own)
    {
        if (own is { DeletedAt: null })
            return null;
        return (await visibility.LoadVisible(connection, [id], caller, via: (ViaLink?)null)).ContainsKey(id) ? NotYours : Error.NotFound;
    }

    private static async Task<OwnedRow?> OwnRow(NpgsqlConnection connection, GifId id, UserId caller, long? known)
    {
        var row = await connection.QuerySingleOrDefaultAsync<OwnedRow>(
            "SELECT deleted_at AS DeletedAt, size AS Size, revision AS Revision FROM gifs WHERE id = @id AND owner_id = @caller FOR UPDATE",
            new { id = id.Value, caller = caller.Value });
        OvertakenException.Unless(row is null || known is null || row.Revision == known);
        return row;
    }

    private async Task<Result<Made<Gif>>> Made(NpgsqlConnection connection, GifId id, bool isNew, IdempotencyTicket? ticket)
    {
        Result<Made<Gif>> result = new Made<Gif>(views.Show(await Card(connection, id)), isNew);
        await idempotency.Store(connection, ticket, result, GifShareJson.Default.ResultMadeGif);
        return result;
    }

    /// <exception cref="StoreUnavailableException">Its owner's account was deleted meanwhile: what was written is not kept.</exception>
    private static async Task<GifCard> Card(NpgsqlConnection connection, GifId id) =>
        (await GifCards.Load(connection, [id])).GetValueOrDefault(id)
        ?? throw new StoreUnavailableException(new TimeoutException("The account was deleted meanwhile."));

    /// <summary>False when the owner has this address or these bytes already; waits for whoever is just adding them.</summary>
    private async Task<bool> Insert(
        NpgsqlConnection connection, GifId id, UserId owner, GifTexts texts, string provider, int width, int height, string? url, NewUploadedGif? upload) =>
        await connection.ExecuteAsync(
            """
            INSERT INTO gifs (id, owner_id, provider, url, object_key, file_name, width, height, size, content_type, title, alt_text, tags, rating, created_at, updated_at)
            VALUES (@id, @owner, @provider, @url, @objectKey, @fileName, @width, @height, @size, @contentType, @title, @altText, @tags, @rating, @now, @now)
            ON CONFLICT DO NOTHING
            """,
            new
            {
                id = id.Value,
                owner = owner.Value,
                provider,
                url,
                objectKey = upload?.ObjectKey,
                fileName = GifRules.FileName(upload?.FileName),
                width,
                height,
                size = upload?.Size,
                contentType = upload?.ContentType,
                title = texts.Title,
                altText = texts.AltText,
                tags = texts.Tags.ToArray(),
                rating = texts.Rating,
                now = time.GetUtcNow(),
            }) == 1;

    private static async Task<GifId?> TryFind(NpgsqlConnection connection, string condition, UserId owner, string what) =>
        await connection.QuerySingleOrDefaultAsync<Guid?>(
            $"SELECT id FROM gifs WHERE {condition} AND deleted_at IS NULL FOR SHARE", new { owner = owner.Value, what }) is { } id
            ? new GifId(id)
            : null;

    /// <exception cref="StoreUnavailableException">It was deleted in between: the caller may simply try again.</exception>
    private static async Task<GifId> Find(NpgsqlConnection connection, string condition, UserId owner, string what) =>
        await TryFind(connection, condition, owner, what) ?? throw new StoreUnavailableException(new TimeoutException("The same gif was deleted meanwhile."));

    /// <summary>Waits for whoever else adds, restores or purges a gif with these bytes, until the end of the transaction.</summary>
    private static async Task LockBytes(NpgsqlConnection connection, string? objectKey)
    {
        if (ObjectKey.TryParse(objectKey, out var key))
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@lockId)", new { lockId = key.LockId });
    }

    /// <summary>False when it does not fit into the user's quota; nothing is taken then.</summary>
    private async Task<bool> TakeStorage(NpgsqlConnection connection, UserId user, long size) =>
        await connection.ExecuteAsync(
            """
            INSERT INTO user_storage AS s (user_id, used) SELECT @user, @size WHERE @size <= @quota
            ON CONFLICT (user_id) DO UPDATE SET used = s.used + @size WHERE s.used + @size <= @quota
            """,
            new { user = user.Value, size, quota = options.Value.QuotaPerUser }) == 1;

    /// <summary>
    /// What is in the trash keeps its bytes until the purge: without a bound of its own, uploading and deleting in turns would fill the disk.
    /// </summary>
    private async Task<bool> IsTrashFull(NpgsqlConnection connection, UserId user) =>
        await connection.ExecuteScalarAsync<long>(
            """
            SELECT COALESCE(sum(size), 0)::bigint
            FROM (SELECT DISTINCT object_key, size FROM gifs WHERE owner_id = @user AND deleted_at IS NOT NULL AND object_key IS NOT NULL) AS trash
            """,
            new { user = user.Value }) > options.Value.QuotaPerUser;

    private sealed record OwnedRow(DateTime? DeletedAt, long? Size, long Revision);
}

/// <summary>The holders of a gif as of a revision of its row.</summary>
public sealed record HoldersToTell(CollectionId[] Collections, UserId[] Favorites, long Revision);
