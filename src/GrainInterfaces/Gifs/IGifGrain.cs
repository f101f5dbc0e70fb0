using System.Collections.Immutable;
using Orleans.Concurrency;

namespace GifShare.Gifs;

/// <summary>
/// A gif (GIF, PNG, JPEG or WebP; uploaded or linked). The key is the <see cref="GifId"/>. Visible to its owner, to everyone who can
/// see a collection that holds it, and through a share link with <c>via</c>; not_found for others.
/// </summary>
[Alias("IGifGrain")]
public interface IGifGrain : IGrainWithGuidKey
{
    /// <summary>Creates a linked gif under this new id, or returns the owner's gif with the same address. Errors: invalid_request.</summary>
    [Alias("CreateLinked")]
    Task<Result<CreatedOrExisting<Gif>>> CreateLinked(UserId owner, NewLinkedGif command, IdempotencyTicket? ticket);

    /// <summary>Creates a gif of the staged file, or returns the owner's with the same bytes. Errors: invalid_request, quota_exceeded.</summary>
    [Alias("CreateUploaded")]
    Task<Result<CreatedOrExisting<Gif>>> CreateUploaded(UserId owner, NewUploadedGif command, IdempotencyTicket? ticket);

    /// <summary>
    /// Creates a gif of the owner's media, <c>processing</c> until that is ready; or returns the owner's gif of this media or these bytes. Errors:
    /// invalid_request (also: no such media of the owner, or it failed), quota_exceeded.
    /// </summary>
    [Alias("CreateFromMedia")]
    Task<Result<CreatedOrExisting<Gif>>> CreateFromMedia(UserId owner, NewMediaGif command, IdempotencyTicket? ticket);

    /// <summary>Creates a gif whose bytes are fetched, or returns the owner's of the same address. Errors: invalid_request, quota_exceeded.</summary>
    [Alias("CreateFetched")]
    Task<Result<CreatedOrExisting<Gif>>> CreateFetched(UserId owner, NewFetchedGif command, IdempotencyTicket? ticket);

    /// <summary>Takes over the bytes, or the failure, of its media. Idempotent; called when the media is settled, and by the sweeper.</summary>
    [Alias("MediaSettled")]
    Task MediaSettled();

    /// <summary>Records whether the gif's file is in the store, as rows say. Called by the sweeper.</summary>
    [Alias("RecordFile")]
    Task RecordFile();

    /// <param name="caller">Null for an anonymous caller.</param>
    /// <param name="via">The share link that the caller holds, or null.</param>
    [ReadOnly, Alias("Get")]
    Task<Result<Gif>> Get(UserId? caller, ViaLink? via);

    /// <summary>Errors: invalid_request, not_found, forbidden (not the owner), version_mismatch (<paramref name="expected"/> differs).</summary>
    /// <param name="caller">The gif's owner.</param>
    /// <param name="patch">The members to change.</param>
    /// <param name="expected">Compare-and-set: member values that the edit is based on, compared in the write itself; null: any.</param>
    [Alias("Update")]
    Task<Result<Gif>> Update(UserId caller, GifPatch patch, GifPatch? expected = null);

    /// <summary>Soft-deletes the gif; when this returns, collections and favourites no longer show it. Errors: not_found, forbidden.</summary>
    [Alias("Delete"), ResponseTimeout("00:05:00")]
    Task<Result> Delete(UserId caller);

    /// <summary>Restores the gif within 30 days, also in collections and favourites. Errors: not_found, forbidden, conflict, quota_exceeded.</summary>
    [Alias("Restore"), ResponseTimeout("00:05:00")]
    Task<Result<Gif>> Restore(UserId caller, IdempotencyTicket? ticket);

    /// <summary>
    /// Completes the notification of collections and favourites of a <see cref="Delete"/> or <see cref="Restore"/> that a crash interrupted.
    /// Idempotent; called by the sweeper.
    /// </summary>
    [Alias("FinishTelling"), ResponseTimeout("00:05:00")]
    Task FinishTelling();
}

/// <summary>A user's favourites. The key is the <see cref="UserId"/>.</summary>
[Alias("IFavoritesGrain")]
public interface IFavoritesGrain : IGrainWithGuidKey
{
    /// <summary>Idempotent. Errors: not_found (not visible to the user, nor through <paramref name="via"/>).</summary>
    [Alias("Add")]
    Task<Result> Add(GifId gif, ViaLink? via);

    /// <summary>Idempotent, also for a gif that is no favourite or does not exist.</summary>
    [Alias("Remove")]
    Task<Result> Remove(GifId gif);

    [Alias("List")]
    Task<Result<PageOf<KeptGif>>> List(string? cursor, int limit);

    /// <summary>The Bloom filter of all favourites; has no false negatives after an acknowledged <see cref="Add"/>.</summary>
    [ReadOnly, Alias("GetFilter")]
    Task<FavoritesFilter> GetFilter();

    /// <summary>Those of these gifs (at most 500) that are favourites, exactly.</summary>
    [ReadOnly, Alias("Among")]
    Task<FavoriteIds> Among(ImmutableArray<GifId> gifs);

    /// <summary>Drops cached state after favourites were deleted or restored. Called by the gif's or its owner's grain.</summary>
    [Alias("GifsChanged")]
    Task GifsChanged();
}
