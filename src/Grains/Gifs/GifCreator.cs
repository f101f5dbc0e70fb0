using Dapper;
using GifShare.Gifs;
using GifShare.Grains.Objects;
using GifShare.ObjectStore;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>
/// Creates gifs, linked and uploaded. A user has at most one live gif of the same address or bytes.
/// </summary>
public sealed class GifCreator(Postgres postgres, ObjectKeeper keeper, GifCopier holdings, GifQuota quota, GifAnswers answers, TimeProvider time)
{
    /// <summary>
    /// Creates a linked gif, or returns the owner's existing one; one in the trash is restored, and its followers must then be notified (second
    /// part of the answer).
    /// </summary>
    /// <exception cref="OvertakenException">The gif is concurrently added and deleted; the caller may retry.</exception>
    public Task<(Result<CreatedOrExisting<Gif>> Result, GifId? Restored)> CreateLinked(GifId id, UserId owner, CheckedLink link, IdempotencyTicket? ticket, DateTimeOffset now) =>
        postgres.InTransaction(async connection =>
        {
            var held = (await holdings.Held(connection, owner, link.Url)).FirstOrDefault();
            if (held is null && await Insert(connection, id, owner, link.Texts, link.Provider, link.Width, link.Height, link.Url, upload: null, now))
                return (await answers.Created(connection, id, isNew: true, ticket), null);
            // The insert waited for a concurrent one of the same address.
            held ??= (await holdings.Held(connection, owner, link.Url)).FirstOrDefault();
            OvertakenException.Unless(held is not null);
            return await Take(connection, held!, owner, ticket);
        });

    /// <summary>
    /// As <see cref="CreateLinked"/>. Bytes that the owner does not have yet are stored before the transaction that writes the row; other staged
    /// bytes are discarded.
    /// </summary>
    public async Task<(Result<CreatedOrExisting<Gif>> Result, GifId? Restored)> CreateUploaded(
        GifId id, UserId owner, NewUploadedGif upload, GifTexts texts, IdempotencyTicket? ticket, DateTimeOffset now)
    {
        var (staged, key) = StagedBytes(upload);
        PendingObject? pending = null;
        var isSettled = false;
        try
        {
            if (await postgres.InTransaction(connection => TakeHeld(connection, owner, upload, ticket, isStored: false)) is { } held)
                return held;
            pending = await keeper.Store(staged, key);
            return await postgres.InTransaction<(Result<CreatedOrExisting<Gif>>, GifId?)>(async connection =>
            {
                isSettled = false;
                if (await TakeHeld(connection, owner, upload, ticket, isStored: true) is { } twin)
                    return twin;
                // A concurrent upload that used up the quota may have added the same bytes.
                if (!await quota.Take(connection, owner, upload.ObjectKey, upload.Size))
                    return await TakeHeld(connection, owner, upload, ticket, isStored: true) ?? (StorageQuota.Exceeded, null);
                if (!await Insert(connection, id, owner, texts, GifRules.UploadProvider, upload.Width, upload.Height, url: null, upload, now))
                {
                    // The insert waited for a concurrent one of the same bytes, which holds them: nothing was counted.
                    var taken = await TakeHeld(connection, owner, upload, ticket, isStored: true);
                    OvertakenException.Unless(taken is not null);
                    return taken!.Value;
                }

                await ObjectKeeper.Settle(connection, pending);
                isSettled = true;
                return (await answers.Created(connection, id, isNew: true, ticket), null);
            });
        }
        finally
        {
            if (pending is null)
                await keeper.Discard(staged.Token);
            else if (!isSettled)
                await keeper.Drop(pending);
        }
    }

    /// <summary>Discards the staged bytes of a refused upload.</summary>
    public Task Discard(NewUploadedGif upload) => keeper.Discard(upload.StagedObject);

    /// <summary>The owner's existing gif with these bytes, or a refusal; null when the bytes are new and fit the quota, or are those of a gif that lost its file.</summary>
    /// <param name="isStored">The bytes are in the store.</param>
    private async Task<(Result<CreatedOrExisting<Gif>> Result, GifId? Restored)?> TakeHeld(
        NpgsqlConnection connection, UserId owner, NewUploadedGif upload, IdempotencyTicket? ticket, bool isStored)
    {
        if ((await holdings.Held(connection, owner, upload.ObjectKey)).FirstOrDefault() is { } held)
            return held.IsLost && !isStored ? null : await Take(connection, held, owner, ticket);
        return await quota.Refusal(connection, owner, upload.Size) is { } refusal ? (refusal, null) : null;
    }

    private static (StagedObject Staged, ObjectKey Key) StagedBytes(NewUploadedGif upload) => ObjectKey.TryParse(upload.ObjectKey, out var key)
        ? (new(upload.StagedObject, key.Sha256, upload.Size), key)
        : throw new ArgumentException("The frontend sent no object key.", nameof(upload));

    /// <summary>False when the owner has this address or these bytes already; waits for a concurrent insert of the same.</summary>
    private static async Task<bool> Insert(
        NpgsqlConnection connection, GifId id, UserId owner, GifTexts texts, string provider, int width, int height, string? url, NewUploadedGif? upload, DateTimeOffset now) =>
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
                fileName = FileNames.Clean(upload?.FileName),
                width,
                height,
                size = upload?.Size,
                contentType = upload?.ContentType,
                title = texts.Title,
                altText = texts.AltText,
                tags = texts.Tags.ToArray(),
                rating = texts.Rating,
                now,
            }) == 1;

    private async Task<(Result<CreatedOrExisting<Gif>>, GifId?)> Take(NpgsqlConnection connection, HeldGif held, UserId owner, IdempotencyTicket? ticket)
    {
        var id = new GifId(held.Id);
        if (held.IsTrashed)
        {
            if (held.Size > 0 && !await quota.Take(connection, owner, held.What, held.Size))
                return (StorageQuota.Exceeded, null);
            await GifCopier.BringBack(connection, id.Value);
        }

        if (held.IsLost)
            await LostGifSweep.Found(connection, held, time.GetUtcNow());
        return (await answers.Created(connection, id, isNew: false, ticket), held.IsTrashed ? id : null);
    }
}
