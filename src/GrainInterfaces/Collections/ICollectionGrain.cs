using System.Collections.Immutable;
using GifShare.Gifs;
using Orleans.Concurrency;

namespace GifShare.Collections;

/// <summary>
/// A collection: its fields, ordered items, share links, likes and views. The key is the <see cref="CollectionId"/>. Only this grain
/// writes its rows; an acknowledged edit is committed and is seen by every later read. Callers that may not see it get not_found;
/// callers that may see but not edit it get forbidden. <c>ifMatch</c> is the If-Match header or null (version_mismatch when it differs).
/// </summary>
[Alias("ICollectionGrain")]
public interface ICollectionGrain : IGrainWithGuidKey
{
    /// <summary>Creates it under this (fresh) id. Errors: invalid_request.</summary>
    [Alias("Create")]
    Task<Result<Versioned<Collection>>> Create(UserId owner, NewCollection command, IdempotencyTicket? ticket);

    /// <summary>The collection as finished JSON. Counts a view unless the caller is the owner, it is 304, or <paramref name="counts"/> is false.</summary>
    [AlwaysInterleave, Alias("Read")]
    Task<Result<FinishedPage>> Read(UserId? caller, string? ifNoneMatch, bool counts);

    /// <summary>One page of items as finished JSON.</summary>
    [AlwaysInterleave, Alias("ReadItems")]
    Task<Result<FinishedPage>> ReadItems(UserId? caller, ItemSort sort, string? cursor, int limit, string? ifNoneMatch);

    [Alias("Update")]
    Task<Result<Versioned<Collection>>> Update(UserId caller, CollectionPatch patch, string? ifMatch);

    [Alias("Delete")]
    Task<Result> Delete(UserId caller, string? ifMatch);

    [Alias("Restore")]
    Task<Result<Versioned<Collection>>> Restore(UserId caller, IdempotencyTicket? ticket);

    /// <summary>May the caller edit it? For work that comes before an edit. Errors: not_found, forbidden.</summary>
    [AlwaysInterleave, Alias("CanEdit")]
    Task<Result> CanEdit(UserId caller);

    /// <summary>Adds a gif that the caller may see. Errors: invalid_request (gifId, before, after), collection_full, version_mismatch.</summary>
    [Alias("AddItem")]
    Task<Result<Made<Versioned<CollectionItem>>>> AddItem(UserId caller, AddItem command, string? ifMatch, IdempotencyTicket? ticket);

    [Alias("UpdateItem")]
    Task<Result<Versioned<CollectionItem>>> UpdateItem(UserId caller, GifId gif, ItemPatch patch, string? ifMatch);

    [Alias("RemoveItem")]
    Task<Result> RemoveItem(UserId caller, GifId gif, string? ifMatch);

    /// <summary>Brings an item back to its old place; one that was added again meanwhile stays where it is.</summary>
    [Alias("RestoreItem")]
    Task<Result<Versioned<CollectionItem>>> RestoreItem(UserId caller, GifId gif, IdempotencyTicket? ticket);

    /// <summary>One item with its place. Errors: not_found.</summary>
    [AlwaysInterleave, Alias("GetItem")]
    Task<Result<PlacedItem>> GetItem(UserId? caller, GifId gif);

    /// <summary>Moves an item to a place, 1 being the first; beyond the last is the last. Errors: not_found, forbidden.</summary>
    [Alias("PlaceItem")]
    Task<Result> PlaceItem(UserId caller, GifId gif, int place);

    [Alias("EditItems"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<Versioned<Collection>>> EditItems(UserId caller, ItemsBatch batch, string? ifMatch, IdempotencyTicket? ticket);

    /// <summary>Errors: collection_private, invalid_request.</summary>
    [Alias("CreateLink")]
    Task<Result<ShareLink>> CreateLink(UserId caller, NewLink command, IdempotencyTicket? ticket);

    [Alias("ListLinks")]
    Task<Result<PageOf<ShareLink>>> ListLinks(UserId caller, string? cursor, int limit);

    /// <summary><paramref name="ifMatch"/> names the link's own version. Errors: invalid_request, not_found, forbidden, version_mismatch.</summary>
    [Alias("UpdateLink")]
    Task<Result<ShareLink>> UpdateLink(UserId caller, LinkId link, LinkPatch patch, string? ifMatch);

    [Alias("DeleteLink")]
    Task<Result> DeleteLink(UserId caller, LinkId link);

    /// <summary>
    /// The shared page: collection and first 50 items. Errors: not_found (gone, revoked, expired, used up), link_password_required.
    /// A view of a capped link is committed before it is answered.
    /// </summary>
    [AlwaysInterleave, Alias("ReadShared")]
    Task<Result<SharedPage>> ReadShared(LinkVisit visit);

    [AlwaysInterleave, Alias("ReadSharedItems")]
    Task<Result<FinishedPage>> ReadSharedItems(LinkVisit visit, string? cursor, int limit);

    /// <summary>What the unopened page of a link shows; counts nothing. Errors: not_found.</summary>
    [AlwaysInterleave, Alias("GetLinkCard")]
    Task<Result<LinkCard>> GetLinkCard(string tokenHash);

    /// <summary>Wrong passwords are counted per link, whoever tries. Errors: not_found, link_password_wrong, rate_limited.</summary>
    [Alias("Unlock"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<LinkUnlocked>> Unlock(string tokenHash, string password);

    /// <summary>Likes or unlikes; with <paramref name="via"/> through a link. Errors: not_found, link_password_required.</summary>
    [AlwaysInterleave, Alias("SetLike")]
    Task<Result<LikeState>> SetLike(UserId caller, LinkVisit? via, bool liked);

    /// <summary>Everything a copy or a ZIP needs. Counts no view.</summary>
    [Alias("Snapshot"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<CollectionSnapshot>> Snapshot(UserId? caller, LinkVisit? via);

    /// <summary>As <see cref="Snapshot"/>, of those of these gifs that are in it: at most as many as a collection holds.</summary>
    [AlwaysInterleave, Alias("SnapshotOf")]
    Task<Result<CollectionSnapshot>> SnapshotOf(UserId? caller, ImmutableArray<GifId> gifs);

    /// <summary>
    /// Called on the target: takes the source's items (those not in it yet), as one write. With <paramref name="isNew"/> it creates the
    /// collection under this fresh id. Errors: invalid_request (name; collectionId where it is not there), forbidden, collection_full.
    /// </summary>
    [Alias("CopyFrom"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<Versioned<Collection>>> CopyFrom(UserId caller, CollectionSnapshot source, string? name, bool isNew, IdempotencyTicket? ticket);

    /// <summary>Some gifs were deleted or came back: items and counts follow their rows. Repeatable. Called by gif and user grains before they answer.</summary>
    [Alias("GifsChanged")]
    Task GifsChanged(ImmutableArray<GifId> gifs);

    /// <summary>The owner's account was deleted, came back or changed its card.</summary>
    [Alias("OwnerChanged")]
    Task OwnerChanged();
}

/// <summary>Lists and look-ups across collections. Stateless; holds nothing.</summary>
[Alias("ICollectionListsGrain")]
public interface ICollectionListsGrain : IGrainWithIntegerKey
{
    /// <summary>The caller's collections, most recently changed first; <paramref name="query"/> matches names and descriptions.</summary>
    [Alias("Mine")]
    Task<Result<PageOf<Collection>>> Mine(UserId caller, string? query, string? cursor, int limit);

    /// <summary>A user's public collections. Errors: not_found.</summary>
    [Alias("PublicOf")]
    Task<Result<PageOf<Collection>>> PublicOf(string username, string? cursor, int limit);

    /// <summary>Does the caller like it? Says nothing about the collection, so it asks for no access.</summary>
    [Alias("IsLiked")]
    Task<bool> IsLiked(UserId caller, CollectionId collection);

    /// <summary>The collection of a share link by the SHA-256 of its token (hex), or null. The answer never changes for a live link, so it may be cached.</summary>
    [Alias("FindByLink")]
    Task<CollectionId?> FindByLink(string tokenHash);

    [Alias("TrashedCollections")]
    Task<Result<PageOf<TrashedCollection>>> TrashedCollections(UserId caller, string? cursor, int limit);

    [Alias("TrashedItems")]
    Task<Result<PageOf<TrashedItem>>> TrashedItems(UserId caller, string? cursor, int limit);

    [Alias("TrashedGifs")]
    Task<Result<PageOf<TrashedGif>>> TrashedGifs(UserId caller, string? cursor, int limit);
}
