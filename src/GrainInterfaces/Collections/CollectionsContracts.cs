using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GifShare.Accounts;
using GifShare.Gifs;

namespace GifShare.Collections;

/// <summary>Body of <c>POST /v1/collections</c>. <c>Visibility</c>: <c>private</c> (default), <c>shared</c>, <c>public</c>.</summary>
[GenerateSerializer, Immutable, Alias("NewCollection")]
public sealed record NewCollection(
    [property: Id(0)] string Name,
    [property: Id(1)] string? Description = null,
    [property: Id(2)] string? Visibility = null,
    [property: Id(3)] bool AllowCopies = true);

/// <summary>Body of <c>PATCH /v1/collections/{id}</c>.</summary>
[GenerateSerializer, Immutable, Alias("CollectionPatch")]
public sealed record CollectionPatch(
    [property: Id(0)] Patch<string> Name = default,
    [property: Id(1)] Patch<string> Description = default,
    [property: Id(2)] Patch<string> Visibility = default,
    [property: Id(3)] Patch<GifId?> CoverGifId = default,
    [property: Id(4)] Patch<bool?> AllowCopies = default);

/// <summary><c>collection</c> of api.md.</summary>
/// <param name="AllowCopies">Other users may copy the owner's gifs in it; a copy belongs to the user who made it.</param>
[GenerateSerializer, Immutable, Alias("Collection")]
public sealed record Collection(
    [property: Id(0)] CollectionId Id,
    [property: Id(1)] UserCard Owner,
    [property: Id(2)] string Name,
    [property: Id(3)] string? Description,
    [property: Id(4)] string Visibility,
    [property: Id(5)] string? CoverUrl,
    [property: Id(6)] int ItemCount,
    // The counts are last in JSON, because pages insert them on each read.
    [property: Id(7), JsonPropertyOrder(1)] long ViewCount,
    [property: Id(8), JsonPropertyOrder(2)] long LikeCount,
    [property: Id(9)] long Version,
    [property: Id(10)] DateTimeOffset CreatedAt,
    [property: Id(11)] DateTimeOffset UpdatedAt,
    [property: Id(12)] bool AllowCopies = true);

[GenerateSerializer, Immutable, Alias("CollectionItem")]
public sealed record CollectionItem(
    [property: Id(0)] KeptGif Gif,
    [property: Id(1)] string? Note,
    [property: Id(2)] DateTimeOffset AddedAt);

/// <summary>An item and its place in the collection's manual order.</summary>
/// <param name="Place">1-based.</param>
/// <param name="IsCover">The item's picture is the cover: it was chosen, or it is first and none was chosen.</param>
/// <param name="Cover">The gif chosen as the cover, if it is still in the collection; null when the first item is the cover.</param>
[GenerateSerializer, Immutable, Alias("PlacedItem")]
public sealed record PlacedItem(
    [property: Id(0)] Collection Collection,
    [property: Id(1)] CollectionItem Item,
    [property: Id(2)] int Place,
    [property: Id(3)] GifId? Previous,
    [property: Id(4)] GifId? Next,
    [property: Id(5)] bool IsCover,
    [property: Id(6)] GifId? Cover = null);

/// <summary>A committed entity with its ETag.</summary>
[GenerateSerializer, Immutable, Alias("Versioned`1")]
public sealed record Versioned<T>([property: Id(0)] T Value, [property: Id(1)] string ETag);

/// <summary>
/// Body of <c>POST …/items</c>: an existing gif by id, or a linked gif as in POST /v1/gifs (the endpoint creates it first and sets GifId).
/// At most one of <c>Before</c> and <c>After</c>; with neither, the item is added at the end.
/// </summary>
[GenerateSerializer, Immutable, Alias("AddItem")]
public sealed record AddItem(
    [property: Id(0)] GifId GifId,
    [property: Id(1)] string? Note = null,
    [property: Id(2)] GifId? Before = null,
    [property: Id(3)] GifId? After = null,
    [property: Id(4)] ViaLink? Via = null);

/// <summary>Body of <c>PATCH …/items/{gifId}</c>.</summary>
[GenerateSerializer, Immutable, Alias("ItemPatch")]
public sealed record ItemPatch(
    [property: Id(0)] GifId? Before = null,
    [property: Id(1)] GifId? After = null,
    [property: Id(2)] Patch<string> Note = default);

[GenerateSerializer, Immutable, Alias("MoveItems")]
public sealed record MoveItems(
    [property: Id(0)] ImmutableArray<GifId> GifIds,
    [property: Id(1)] GifId? Before = null,
    [property: Id(2)] GifId? After = null);

/// <summary>
/// Body of <c>POST …/items/batch</c>: at most 500 ids in all, one transaction; removes, then adds, then moves.
/// <c>Restore</c> excludes the others: it restores removed items at their old positions; items that are present stay where they are.
/// </summary>
[GenerateSerializer, Immutable, Alias("ItemsBatch")]
public sealed record ItemsBatch(
    [property: Id(0)] ImmutableArray<GifId>? Add = null,
    [property: Id(1)] ImmutableArray<GifId>? Remove = null,
    [property: Id(2)] MoveItems? Move = null,
    [property: Id(3)] ImmutableArray<GifId>? Restore = null);

/// <summary>Body of <c>POST …/links</c>. <c>MaxViews</c> caps the total number of views.</summary>
[GenerateSerializer, Immutable, Alias("NewLink")]
public sealed record NewLink(
    [property: Id(0)] string? Label = null,
    [property: Id(1)] string? Password = null,
    [property: Id(2)] DateTimeOffset? ExpiresAt = null,
    [property: Id(3)] long? MaxViews = null);

[GenerateSerializer, Immutable, Alias("LinkPatch")]
public sealed record LinkPatch(
    [property: Id(0)] Patch<string> Label = default,
    [property: Id(1)] Patch<string> Password = default,
    [property: Id(2)] Patch<DateTimeOffset?> ExpiresAt = default,
    [property: Id(3)] Patch<long?> MaxViews = default);

/// <summary>A share link as its owner sees it. <c>Url</c> is absolute, built from the silo's setting <c>PublicUrl</c>.</summary>
/// <param name="Version">Opaque version for <c>If-Match</c>; changes with every change of the settings.</param>
[GenerateSerializer, Immutable, Alias("ShareLink")]
public sealed record ShareLink(
    [property: Id(0)] LinkId Id,
    [property: Id(1)] string Token,
    [property: Id(2)] string Url,
    [property: Id(3)] string? Label,
    [property: Id(4)] bool HasPassword,
    [property: Id(5)] DateTimeOffset? ExpiresAt,
    [property: Id(6)] long? MaxViews,
    [property: Id(7)] long ViewCount,
    [property: Id(8)] DateTimeOffset? LastViewedAt,
    [property: Id(9)] DateTimeOffset CreatedAt,
    [property: Id(10)] string? Version = null);

/// <summary>The credentials and conditions of a request through a share link.</summary>
/// <param name="TokenHash">SHA-256 of the token in hex; the token itself never leaves the frontend.</param>
/// <param name="Caller">Signed-in viewer, or null; the owner's own reads are not views.</param>
/// <param name="Unlock">The <c>Link-Unlock</c> header, or null.</param>
/// <param name="Pass">The <c>Link-View</c> pass from an earlier answer (header, cookie or cursor), or null.</param>
/// <param name="IfNoneMatch">The <c>If-None-Match</c> header, or null.</param>
/// <param name="Counts">False for HEAD, prefetch and oEmbed: not a view, and refused by a capped link without a pass (404).</param>
[GenerateSerializer, Immutable, Alias("LinkVisit")]
public sealed record LinkVisit(
    [property: Id(0)] string TokenHash,
    [property: Id(1)] UserId? Caller = null,
    [property: Id(2)] string? Unlock = null,
    [property: Id(3)] string? Pass = null,
    [property: Id(4)] string? IfNoneMatch = null,
    [property: Id(5)] bool Counts = true);

/// <summary>A rendered shared page. <c>Pass</c> is set when a view of a capped link was spent, and is sent as <c>Link-View</c>.</summary>
[GenerateSerializer, Immutable, Alias("SharedPage")]
public sealed record SharedPage([property: Id(0)] FinishedPage Page, [property: Id(1)] string? Pass = null);

/// <summary>What is shown of a link before it is opened. All but the first two are null for links with a password or a cap.</summary>
[GenerateSerializer, Immutable, Alias("LinkCard")]
public sealed record LinkCard(
    [property: Id(0)] bool NeedsPassword,
    [property: Id(1)] bool IsCapped,
    [property: Id(2)] string? Name,
    [property: Id(3)] string? Description,
    [property: Id(4)] string? OwnerName,
    [property: Id(5)] string? CoverUrl,
    [property: Id(6)] int? ItemCount,
    [property: Id(7)] int? CoverWidth,
    [property: Id(8)] int? CoverHeight);

[GenerateSerializer, Immutable, Alias("LinkUnlocked")]
public sealed record LinkUnlocked([property: Id(0)] string Unlock, [property: Id(1)] int ExpiresIn);

[GenerateSerializer, Immutable, Alias("Liked")]
public sealed record LikeState([property: Id(0)] bool Liked, [property: Id(1)] long LikeCount);

/// <summary>Body of <c>…/copy</c>: into an existing collection of the caller, or a new one of this name (default: the source's name).</summary>
[GenerateSerializer, Immutable, Alias("CopyRequest")]
public sealed record CopyRequest([property: Id(0)] CollectionId? CollectionId = null, [property: Id(1)] string? Name = null);

/// <summary>The source of a copy.</summary>
/// <param name="Via">The link through which the caller sees the source, or null.</param>
/// <param name="Only">Null: all items visible to the caller; otherwise those of these gifs (at most 10,000).</param>
[GenerateSerializer, Immutable, Alias("CopyOrder")]
public sealed record CopyOrder(
    [property: Id(0)] CollectionId Source, [property: Id(1)] LinkVisit? Via = null, [property: Id(2)] ImmutableArray<GifId>? Only = null);

/// <summary>The items of a copy's source, in order.</summary>
[GenerateSerializer, Immutable, Alias("CopySource")]
public sealed record CopySource(
    [property: Id(0)] UserId Owner, [property: Id(1)] string Name, [property: Id(2)] bool AllowCopies, [property: Id(3)] ImmutableArray<CopyItem> Items);

/// <param name="IsOwn">The gif belongs to the source's owner; otherwise to another user.</param>
/// <param name="IsShown">The gif is own, or open; otherwise it is hidden.</param>
[GenerateSerializer, Immutable, Alias("CopyItem")]
public readonly record struct CopyItem([property: Id(0)] GifId Gif, [property: Id(1)] string? Note, [property: Id(2)] bool IsOwn, [property: Id(3)] bool IsShown);

/// <summary>A collection and some of its items.</summary>
[GenerateSerializer, Immutable, Alias("CollectionSnapshot")]
public sealed record CollectionSnapshot([property: Id(0)] Collection Collection, [property: Id(1)] ImmutableArray<CollectionItem> Items);

/// <summary>The result of a copy.</summary>
/// <param name="Arrived">The added gifs, by their ids in the target.</param>
/// <param name="Taken">The gifs that the source returned, by their ids there.</param>
[GenerateSerializer, Immutable, Alias("Copied")]
public sealed record Copied([property: Id(0)] Versioned<Collection> Collection, [property: Id(1)] ImmutableArray<GifId> Arrived, [property: Id(2)] ImmutableArray<GifId> Taken);

/// <summary>The result of a move.</summary>
/// <param name="Items">The gifs removed from the source.</param>
/// <param name="Arrived">The gifs added to the target.</param>
[GenerateSerializer, Immutable, Alias("Moved")]
public sealed record Moved([property: Id(0)] ImmutableArray<GifId> Items, [property: Id(1)] ImmutableArray<GifId> Arrived);

/// <summary>One page of a download, in the collection's order.</summary>
/// <param name="ObjectKeys">The stored object of each item; null for linked and hidden gifs.</param>
/// <param name="Next">The position of the next page, for the frontend only; null after the last.</param>
[GenerateSerializer, Immutable, Alias("DownloadPage")]
public sealed record DownloadPage(
    [property: Id(0)] Collection Collection,
    [property: Id(1)] ImmutableArray<CollectionItem> Items,
    [property: Id(2)] ImmutableArray<string?> ObjectKeys,
    [property: Id(3)] string? Next);

[GenerateSerializer, Immutable, Alias("TrashedCollection")]
public sealed record TrashedCollection([property: Id(0)] Collection Collection, [property: Id(1)] DateTimeOffset DeletedAt, [property: Id(2)] DateTimeOffset RestorableUntil);

[GenerateSerializer, Immutable, Alias("TrashedItem")]
public sealed record TrashedItem(
    [property: Id(0)] CollectionId CollectionId,
    [property: Id(1)] string CollectionName,
    [property: Id(2)] KeptGif Gif,
    [property: Id(3)] DateTimeOffset DeletedAt,
    [property: Id(4)] DateTimeOffset RestorableUntil);

[GenerateSerializer, Alias("ItemSort")]
public enum ItemSort
{
    [JsonStringEnumMemberName("manual")] Manual,
    [JsonStringEnumMemberName("added")] Added,
    [JsonStringEnumMemberName("name")] Name,
}
