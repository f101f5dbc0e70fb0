using System.Collections.Immutable;
using GifShare.Gifs;
using Orleans.Concurrency;

namespace GifShare.Collections;

/// <summary>
/// A collection: its fields, ordered items, share links, likes and views. The key is the <see cref="CollectionId"/>. Only this grain
/// writes its rows; an acknowledged edit is committed and visible to every later read. Callers without read access get not_found;
/// callers with read but without edit access get forbidden. <c>ifMatch</c> is the If-Match header or null (version_mismatch when it differs).
/// </summary>
[Alias("ICollectionGrain")]
public interface ICollectionGrain : IGrainWithGuidKey
{
    /// <summary>Creates the collection under this new id. Errors: invalid_request.</summary>
    [Alias("Create")]
    Task<Result<Versioned<Collection>>> Create(UserId owner, NewCollection command, IdempotencyTicket? ticket);

    /// <summary>The collection as rendered JSON. Counts a view, except for the owner, a 304, or <paramref name="counts"/> false.</summary>
    [AlwaysInterleave, Alias("Read")]
    Task<Result<FinishedPage>> Read(UserId? caller, string? ifNoneMatch, bool counts);

    /// <summary>The collection as a record, for HTML pages. Errors: not_found.</summary>
    /// <param name="caller">Null for an anonymous caller.</param>
    /// <param name="counts">True: the read is a view, unless the caller is the owner.</param>
    [AlwaysInterleave, Alias("Get")]
    Task<Result<Collection>> Get(UserId? caller, bool counts = false);

    /// <summary>One page of items as rendered JSON.</summary>
    [AlwaysInterleave, Alias("ReadItems")]
    Task<Result<FinishedPage>> ReadItems(UserId? caller, ItemSort sort, string? cursor, int limit, string? ifNoneMatch);

    [Alias("Update")]
    Task<Result<Versioned<Collection>>> Update(UserId caller, CollectionPatch patch, string? ifMatch);

    [Alias("Delete")]
    Task<Result> Delete(UserId caller, string? ifMatch);

    [Alias("Restore")]
    Task<Result<Versioned<Collection>>> Restore(UserId caller, IdempotencyTicket? ticket);

    /// <summary>Whether the caller may edit the collection; asked before an upload is read. Errors: not_found, forbidden.</summary>
    [Alias("CanEdit")]
    Task<Result> CanEdit(UserId caller);

    /// <summary>Adds a gif that the caller may see. Errors: invalid_request (gifId, before, after), collection_full, version_mismatch.</summary>
    [AlwaysInterleave, Alias("AddItem")]
    Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> AddItem(UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket);

    [Alias("UpdateItem")]
    Task<Result<Versioned<CollectionItem>>> UpdateItem(UserId caller, GifId gif, ItemPatch patch, string? ifMatch);

    [Alias("RemoveItem")]
    Task<Result> RemoveItem(UserId caller, GifId gif, string? ifMatch);

    /// <summary>Restores a removed item at its old position; one that was added again meanwhile stays where it is.</summary>
    [Alias("RestoreItem")]
    Task<Result<Versioned<CollectionItem>>> RestoreItem(UserId caller, GifId gif, IdempotencyTicket? ticket);

    /// <summary>One item with its place. Errors: not_found.</summary>
    [AlwaysInterleave, Alias("GetItem")]
    Task<Result<PlacedItem>> GetItem(UserId? caller, GifId gif);

    /// <summary>Moves an item to a 1-based place; a place beyond the end means the last. Errors: not_found, forbidden, version_mismatch.</summary>
    [Alias("PlaceItem")]
    Task<Result> PlaceItem(UserId caller, GifId gif, int place, string? ifMatch = null);

    [Alias("EditItems"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<Versioned<Collection>>> EditItems(UserId caller, ItemsBatch batch, string? ifMatch, IdempotencyTicket? ticket);

    /// <summary>
    /// Removes those of these gifs (at most 500) that are in the collection, as one edit, and returns them. Absent gifs are ignored.
    /// Errors: not_found, forbidden, invalid_request.
    /// </summary>
    /// <param name="caller">The owner.</param>
    /// <param name="gifs">The gifs to remove.</param>
    /// <param name="deleteIfEmptied">Deletes the collection with its items instead, if it shows no others.</param>
    [Alias("RemoveItems"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<ImmutableArray<GifId>>> RemoveItems(UserId caller, ImmutableArray<GifId> gifs, bool deleteIfEmptied);

    /// <summary>
    /// Called on the source: moves those of these gifs (at most 500) that are in it to another collection of the caller. Two edits: first
    /// the target's, then the source's. A failure between them leaves the items in both collections, never in none, and a retry
    /// completes the move, since the target skips gifs that it holds. Neither edit waits for the other, so opposite moves cannot deadlock.
    /// Errors: not_found, forbidden, and those of <see cref="CopyFrom"/> on the target.
    /// </summary>
    /// <param name="caller">The owner of both collections.</param>
    /// <param name="gifs">The gifs to move.</param>
    /// <param name="target">Another collection, or a new id.</param>
    /// <param name="newName">If not null, the target is created with this name.</param>
    [AlwaysInterleave, Alias("MoveTo"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<Moved>> MoveTo(UserId caller, ImmutableArray<GifId> gifs, CollectionId target, string? newName);

    /// <summary>Creates a share link. Errors: collection_private, invalid_request.</summary>
    [Alias("CreateLink")]
    Task<Result<ShareLink>> CreateLink(UserId caller, NewLink command, IdempotencyTicket? ticket);

    [AlwaysInterleave, Alias("ListLinks")]
    Task<Result<PageOf<ShareLink>>> ListLinks(UserId caller, string? cursor, int limit);

    /// <summary>Errors: not_found, forbidden.</summary>
    [AlwaysInterleave, Alias("GetLink")]
    Task<Result<ShareLink>> GetLink(UserId caller, LinkId link);

    /// <summary><paramref name="ifMatch"/> is of the link's version. Errors: invalid_request, not_found, forbidden, version_mismatch.</summary>
    [Alias("UpdateLink")]
    Task<Result<ShareLink>> UpdateLink(UserId caller, LinkId link, LinkPatch patch, string? ifMatch);

    [Alias("DeleteLink")]
    Task<Result> DeleteLink(UserId caller, LinkId link);

    /// <summary>
    /// The shared page: collection and first 50 items. Errors: not_found (deleted, revoked, expired, used up), link_password_required.
    /// A view of a capped link is committed before the page is returned.
    /// </summary>
    [AlwaysInterleave, Alias("ReadShared")]
    Task<Result<SharedPage>> ReadShared(LinkVisit visit);

    /// <summary>
    /// The collection of <see cref="ReadShared"/> as a record, without its items. Counts no view, so a capped link needs a pass, except from its
    /// owner. Errors: not_found, link_password_required.
    /// </summary>
    [AlwaysInterleave, Alias("GetShared")]
    Task<Result<Collection>> GetShared(LinkVisit visit);

    [AlwaysInterleave, Alias("ReadSharedItems")]
    Task<Result<FinishedPage>> ReadSharedItems(LinkVisit visit, string? cursor, int limit);

    /// <summary>What is shown of a link before it is opened. Counts no view. Errors: not_found.</summary>
    [AlwaysInterleave, Alias("GetLinkCard")]
    Task<Result<LinkCard>> GetLinkCard(string tokenHash);

    /// <summary>
    /// Checks a link's password. Wrong ones are limited per link and address, and to ten times as many per link over all addresses; an address that
    /// has unlocked the link before is not locked out by others. Errors: not_found, link_password_wrong, rate_limited.
    /// </summary>
    [AlwaysInterleave, Alias("Unlock"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<LinkUnlocked>> Unlock(string tokenHash, string password, string? address = null);

    /// <summary>Likes or unlikes; <paramref name="via"/> a share link if given. Errors: not_found, link_password_required.</summary>
    [AlwaysInterleave, Alias("SetLike")]
    Task<Result<LikeState>> SetLike(UserId caller, LinkVisit? via, bool liked);

    /// <summary>
    /// One page of a download: at most <paramref name="limit"/> items. Access is checked for each page. Counts no view.
    /// Errors: not_found, link_password_required.
    /// </summary>
    /// <param name="caller">Null for an anonymous caller.</param>
    /// <param name="via">The link through which the caller sees the collection, or null.</param>
    /// <param name="only">Null: all visible items; otherwise those of these gifs.</param>
    /// <param name="after"><see cref="DownloadPage.Next"/> of the previous page, or null.</param>
    /// <param name="limit">0: the collection without items.</param>
    [AlwaysInterleave, Alias("ReadDownload")]
    Task<Result<DownloadPage>> ReadDownload(UserId? caller, LinkVisit? via, ImmutableArray<GifId>? only, string? after, int limit);

    /// <summary>Called by a copy's target: the items that the caller sees. Counts no view. Errors: not_found, link_password_required.</summary>
    [AlwaysInterleave, Alias("GetCopySource"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<CopySource>> GetCopySource(UserId caller, LinkVisit? via, ImmutableArray<GifId>? only);

    /// <summary>The collection, and those of these gifs (at most 10,000) that are in it. Counts no view.</summary>
    [AlwaysInterleave, Alias("SnapshotOf")]
    Task<Result<CollectionSnapshot>> SnapshotOf(UserId? caller, ImmutableArray<GifId> gifs);

    /// <summary>
    /// Called on the target: reads the source and adds its items that are not in the target yet, in one transaction. With <paramref name="isNew"/> it
    /// creates the target under this new id. Gifs of the source's owner become gifs of the caller (same stored bytes; a gif that the caller has
    /// already is reused); gifs of other users are kept as they are. Errors: invalid_request (name, or an unknown
    /// collectionId), forbidden, copies_off, collection_full, quota_exceeded, and those of the source: not_found, link_password_required.
    /// </summary>
    [AlwaysInterleave, Alias("CopyFrom"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<Copied>> CopyFrom(UserId caller, CopyOrder order, string? name, bool isNew, IdempotencyTicket? ticket);

    /// <summary>Updates items and counts after gifs were deleted or restored. Idempotent. Called by gif and user grains before they answer.</summary>
    [Alias("GifsChanged")]
    Task GifsChanged(ImmutableArray<GifId> gifs);

    /// <summary>Updates the collection after the owner's account was deleted or restored, or its name or avatar changed.</summary>
    [Alias("OwnerChanged")]
    Task OwnerChanged();
}

/// <summary>Lists of collections, and look-ups across them. Stateless.</summary>
[Alias("ICollectionListsGrain")]
public interface ICollectionListsGrain : IGrainWithIntegerKey
{
    /// <summary>The caller's collections, most recently changed first; <paramref name="query"/> matches names and descriptions.</summary>
    [Alias("Mine")]
    Task<Result<PageOf<Collection>>> Mine(UserId caller, string? query, string? cursor, int limit);

    /// <summary>A user's public collections. Errors: not_found.</summary>
    [Alias("PublicOf")]
    Task<Result<PageOf<Collection>>> PublicOf(string username, string? cursor, int limit);

    /// <summary>Whether the caller likes the collection. Access is not checked, because the answer reveals nothing of the collection.</summary>
    [Alias("IsLiked")]
    Task<bool> IsLiked(UserId caller, CollectionId collection);

    /// <summary>The collection of a share link by the SHA-256 of its token (hex), or null. Cacheable: constant for a live link.</summary>
    [Alias("FindByLink")]
    Task<CollectionId?> FindByLink(string tokenHash);

    [Alias("TrashedCollections")]
    Task<Result<PageOf<TrashedCollection>>> TrashedCollections(UserId caller, string? cursor, int limit);

    [Alias("TrashedItems")]
    Task<Result<PageOf<TrashedItem>>> TrashedItems(UserId caller, string? cursor, int limit);

    [Alias("TrashedGifs")]
    Task<Result<PageOf<TrashedGif>>> TrashedGifs(UserId caller, string? cursor, int limit);
}
