using Dapper;
using GifShare.Gifs;
using GifShare.Grains.Media;
using GifShare.Grains.Media.Fetch;
using GifShare.Grains.Objects;
using Microsoft.Extensions.Options;
using Npgsql;

namespace GifShare.Grains.Gifs;

/// <summary>Makes gifs of media (docs/media.md): of ready ones at once, of others as soon as they are ready.</summary>
public sealed class MediaGifCreator(Postgres postgres, GifCopier holdings, GifQuota quota, GifAnswers answers, IOptions<FetchOptions> fetching)
{
    /// <summary>Of a gif whose media is not read yet; also shown of linked gifs without a known size.</summary>
    private const int AssumedWidth = 480, AssumedHeight = 360;

    private static readonly Error NoSuchMedia = Error.Invalid("mediaId", "You have no such media.");
    private static readonly Error IsVideo = Error.Invalid("mediaId", "Videos cannot be kept as gifs yet.");

    /// <summary>Whether http addresses are fetched too: they may lead into a network of <c>Fetch:AllowNetworks</c>.</summary>
    public bool FetchesHttp => fetching.Value.AllowNetworks.Count > 0;

    /// <param name="isFetched">The media was made for this gif, so its failure is the gif's.</param>
    /// <returns>The answer, and a gif restored from the trash, whose followers must be notified.</returns>
    public Task<(Result<CreatedOrExisting<Gif>> Result, GifId? Restored)> Create(
        GifId id, UserId owner, MediaId media, string provider, GifTexts texts, IdempotencyTicket? ticket, DateTimeOffset now, bool isFetched) =>
        postgres.InTransaction<(Result<CreatedOrExisting<Gif>>, GifId?)>(async connection =>
        {
            if (await MediaStore.Lock(connection, media, owner) is not { } row)
                return (NoSuchMedia, null);
            if (!isFetched && row.ErrorDetail is { } failure)
                return (Error.Invalid("mediaId", failure), null);
            if (await connection.ExecuteScalarAsync<Guid?>("SELECT id FROM gifs WHERE media_id = @media AND owner_id = @owner AND deleted_at IS NULL", Ids()) is { } made)
                return (await answers.Created(connection, new(made), isNew: false, ticket), null);
            if (row.ObjectKey is null || (isFetched && row.Width is null))
            {
                await Insert(connection, id, owner, provider, texts, row, now);
                return (await answers.Created(connection, id, isNew: true, ticket), null);
            }

            if (row.Width is null)
                return (IsVideo, null);
            if ((await holdings.Held(connection, owner, row.ObjectKey)).FirstOrDefault() is { } held)
            {
                if (held.IsTrashed)
                {
                    if (!await quota.Take(connection, owner, row.ObjectKey, row.Size))
                        return (StorageQuota.Exceeded, null);
                    await GifCopier.BringBack(connection, held.Id);
                }

                if (held.IsLost)
                    await LostGifSweep.Record(connection, held.Id, now);

                await MediaStore.Use(connection, media);
                return (await answers.Created(connection, new(held.Id), isNew: false, ticket), held.IsTrashed ? new GifId(held.Id) : null);
            }

            if (!await quota.Take(connection, owner, row.ObjectKey, row.Size))
                return (StorageQuota.Exceeded, null);
            await Insert(connection, id, owner, provider, texts, row, now);
            await MediaStore.Use(connection, media);
            return (await answers.Created(connection, id, isNew: true, ticket), null);

            object Ids() => new { media = media.Value, owner = owner.Value };
        });

    /// <summary>The owner's live gif that was or is being fetched from this address.</summary>
    public Task<GifId?> FindFetched(UserId owner, string url) => postgres.Run(async connection =>
        await connection.ExecuteScalarAsync<Guid?>(
            """
            SELECT g.id FROM media m JOIN gifs g ON g.media_id = m.id
            WHERE m.owner_id = @owner AND md5(m.source_url) = md5(@url) AND m.source_url = @url AND g.owner_id = @owner AND g.deleted_at IS NULL AND g.status <> 'failed' LIMIT 1
            """,
            new { owner = owner.Value, url }) is { } id ? new GifId(id) : (GifId?)null);

    /// <summary>The answer for a gif that is there already.</summary>
    public Task<Result<CreatedOrExisting<Gif>>> Existing(GifId id, IdempotencyTicket? ticket) =>
        postgres.InTransaction(connection => answers.Created(connection, id, isNew: false, ticket));

    /// <summary>Takes over what became of the media; does nothing while that is open, or again.</summary>
    public Task Settle(GifId id, DateTimeOffset now) => postgres.InTransaction(async connection =>
    {
        if (await connection.QuerySingleOrDefaultAsync<(Guid Media, Guid Owner, bool IsTrashed)?>(
            "SELECT media_id, owner_id, deleted_at IS NOT NULL FROM gifs WHERE id = @id AND status = 'processing' FOR UPDATE", new { id = id.Value }) is not { } gif)
            return;
        var owner = new UserId(gif.Owner);
        var row = await MediaStore.Lock(connection, new(gif.Media), owner);
        if (row is { ObjectKey: null, ErrorCode: null })
            return;
        var isReady = row is { ObjectKey: not null, Width: not null } && (gif.IsTrashed || await quota.Take(connection, owner, row.ObjectKey, row.Size));
        if (!isReady)
        {
            await connection.ExecuteAsync("UPDATE gifs SET status = 'failed', updated_at = @now, revision = revision + 1 WHERE id = @id", new { id = id.Value, now });
            return;
        }

        await connection.ExecuteAsync(
            """
            UPDATE gifs g SET status = 'ready', object_key = @ObjectKey, size = @Size, content_type = @ContentType, width = @Width, height = @Height, updated_at = @now,
                revision = revision + 1,
                is_twin = EXISTS (SELECT FROM gifs o WHERE o.owner_id = g.owner_id AND o.object_key = @ObjectKey AND o.deleted_at IS NULL AND NOT o.is_twin)
            WHERE id = @id
            """,
            new { id = id.Value, row!.ObjectKey, row.Size, row.ContentType, row.Width, row.Height, now });
        await MediaStore.Use(connection, new(gif.Media));
    });

    private static Task<int> Insert(NpgsqlConnection connection, GifId id, UserId owner, string provider, GifTexts texts, MediaRow media, DateTimeOffset now)
    {
        var isThere = media is { ObjectKey: not null, Width: not null };
        return connection.ExecuteAsync(
            """
            INSERT INTO gifs (id, owner_id, provider, object_key, file_name, width, height, size, content_type, title, alt_text, tags, rating, created_at, updated_at, media_id, status)
            VALUES (@id, @owner, @provider, @objectKey, @FileName, @width, @height, @size, @contentType, @Title, @altText, @tags, @Rating, @now, @now, @media, @status)
            """,
            new
            {
                id = id.Value,
                owner = owner.Value,
                provider,
                objectKey = isThere ? media.ObjectKey : null,
                media.FileName,
                width = media.Width ?? AssumedWidth,
                height = media.Height ?? AssumedHeight,
                size = isThere ? media.Size : (long?)null,
                contentType = isThere ? media.ContentType : null,
                texts.Title,
                altText = texts.AltText ?? media.AltText,
                tags = texts.Tags.ToArray(),
                texts.Rating,
                now,
                media = media.Id,
                status = isThere ? "ready" : media.ObjectKey is null && media.ErrorCode is null ? "processing" : "failed",
            });
    }
}
