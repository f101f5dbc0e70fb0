using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GifShare.Accounts;

namespace GifShare.Gifs;

/// <summary><c>gif</c> of api.md. <c>Url</c> is path-absolute and signed for uploads, and the original https address for linked gifs.</summary>
/// <param name="FileName">The uploaded file's name, without folders and control characters; null for linked gifs and unnamed files.</param>
[GenerateSerializer, Immutable, Alias("Gif")]
public sealed record Gif(
    [property: Id(0)] GifId Id,
    [property: Id(1)] string Url,
    [property: Id(2)] string PreviewUrl,
    [property: Id(3)] int Width,
    [property: Id(4)] int Height,
    [property: Id(5)] string Provider,
    [property: Id(6)] string? Title,
    [property: Id(7)] string? AltText,
    [property: Id(8)] ImmutableArray<string> Tags,
    [property: Id(9)] string Rating,
    [property: Id(10)] long? Size,
    [property: Id(11)] string? ContentType,
    [property: Id(12)] UserCard Owner,
    [property: Id(13)] DateTimeOffset CreatedAt,
    [property: Id(14)] string? FileName = null,
    [property: Id(15)] GifStatus Status = GifStatus.Ready);

/// <summary>Whether a gif's bytes are there.</summary>
[GenerateSerializer, Alias("GifStatus")]
public enum GifStatus
{
    /// <summary>Linked, or its bytes are stored.</summary>
    [JsonStringEnumMemberName("ready")] Ready,

    /// <summary>Its media is being uploaded, fetched or read; until then a placeholder is shown.</summary>
    [JsonStringEnumMemberName("processing")] Processing,

    /// <summary>Its media was refused.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}

/// <summary>
/// A gif that a user keeps: a favourite, an item of a collection, an entry of the trash. In JSON a <c>gif</c>, or
/// <c>{id, hidden: true}</c> while the gif is another user's and not open (docs/decisions/0026-open-gifs.md).
/// </summary>
/// <param name="Shown">Null while the gif is hidden.</param>
[GenerateSerializer, Immutable, Alias("KeptGif"), JsonConverter(typeof(KeptGifConverter))]
public sealed record KeptGif([property: Id(0)] GifId Id, [property: Id(1)] Gif? Shown)
{
    public static implicit operator KeptGif(Gif gif) => new(gif.Id, gif);
}

/// <summary>The JSON of a hidden gif.</summary>
public sealed record HiddenGif(GifId Id, bool Hidden);

/// <summary>
/// JSON body of <c>POST /v1/gifs</c>, one of three: <c>mediaId</c>, a media of mine; <c>url</c> with <c>width</c>, <c>height</c> and <c>provider</c>, a link
/// that is stored and never fetched; <c>url</c> without width and height, whose bytes are fetched and kept.
/// </summary>
public sealed record NewGif(
    string? Url = null,
    int? Width = null,
    int? Height = null,
    string? Provider = null,
    MediaId? MediaId = null,
    string? Title = null,
    string? AltText = null,
    ImmutableArray<string>? Tags = null,
    string? Rating = null)
{
    /// <summary>Which of the three it is; an error when it is none.</summary>
    public Error? Check(out NewLinkedGif? linked, out NewMediaGif? made, out NewFetchedGif? fetched)
    {
        (linked, made, fetched) = (null, null, null);
        if (MediaId is { } media)
        {
            if ((Url ?? Provider) is not null || (Width ?? Height) is not null)
                return Error.Invalid(Url is not null ? "url" : Provider is not null ? "provider" : Width is not null ? "width" : "height", "A gif of a media has none.");
            made = new(media, Title, AltText, Tags, Rating);
            return null;
        }

        if (Url is null)
            return Error.Invalid("url", "This is required, or mediaId.");
        if ((Width ?? Height) is null)
        {
            fetched = new(Url, Provider, Title, AltText, Tags, Rating);
            return null;
        }

        var missing = Width is null ? "width" : Height is null ? "height" : Provider is null ? "provider" : null;
        if (missing is not null)
            return Error.Invalid(missing, "This is required with the address of a link.");
        linked = new(Url, Width!.Value, Height!.Value, Provider!, Title, AltText, Tags, Rating);
        return null;
    }
}

/// <summary>A gif of a media of the caller's, ready or not.</summary>
[GenerateSerializer, Immutable, Alias("NewMediaGif")]
public sealed record NewMediaGif(
    [property: Id(0)] MediaId MediaId,
    [property: Id(1)] string? Title = null,
    [property: Id(2)] string? AltText = null,
    [property: Id(3)] ImmutableArray<string>? Tags = null,
    [property: Id(4)] string? Rating = null,
    [property: Id(5)] string? Provider = null);

/// <summary>A gif of an address whose bytes the server fetches and keeps.</summary>
[GenerateSerializer, Immutable, Alias("NewFetchedGif")]
public sealed record NewFetchedGif(
    [property: Id(0)] string Url,
    [property: Id(1)] string? Provider = null,
    [property: Id(2)] string? Title = null,
    [property: Id(3)] string? AltText = null,
    [property: Id(4)] ImmutableArray<string>? Tags = null,
    [property: Id(5)] string? Rating = null);

/// <summary>A gif on another site, whose address is stored and never fetched.</summary>
[GenerateSerializer, Immutable, Alias("NewLinkedGif")]
public sealed record NewLinkedGif(
    [property: Id(0)] string Url,
    [property: Id(1)] int Width,
    [property: Id(2)] int Height,
    [property: Id(3)] string Provider,
    [property: Id(4)] string? Title = null,
    [property: Id(5)] string? AltText = null,
    [property: Id(6)] ImmutableArray<string>? Tags = null,
    [property: Id(7)] string? Rating = null);

/// <summary>A file that the frontend has validated, cleaned and staged in the object store; the grain commits it with its row.</summary>
[GenerateSerializer, Immutable, Alias("NewUploadedGif")]
public sealed record NewUploadedGif(
    [property: Id(0)] string StagedObject,
    [property: Id(1)] string ObjectKey,
    [property: Id(2)] string ContentType,
    [property: Id(3)] long Size,
    [property: Id(4)] int Width,
    [property: Id(5)] int Height,
    [property: Id(6)] string? FileName,
    [property: Id(7)] string? Title = null,
    [property: Id(8)] string? AltText = null,
    [property: Id(9)] ImmutableArray<string>? Tags = null,
    [property: Id(10)] string? Rating = null);

/// <summary>Body of <c>PATCH /v1/gifs/{id}</c>.</summary>
[GenerateSerializer, Immutable, Alias("GifPatch")]
public sealed record GifPatch(
    [property: Id(0)] Patch<string> Title = default,
    [property: Id(1)] Patch<string> AltText = default,
    [property: Id(2)] Patch<ImmutableArray<string>?> Tags = default,
    [property: Id(3)] Patch<string> Rating = default);

/// <summary>
/// The share link through which a caller sees a gif (<c>?via=</c>), with the <c>Link-Unlock</c> header if the link has a password
/// and the <c>Link-View</c> header if it is capped.
/// </summary>
[GenerateSerializer, Immutable, Alias("ViaLink")]
public sealed record ViaLink([property: Id(0)] string Token, [property: Id(1)] string? Unlock = null, [property: Id(2)] string? Pass = null);

/// <summary>The Bloom filter of a user's favourites (api.md, favorites/filter).</summary>
[GenerateSerializer, Immutable, Alias("FavoritesFilter")]
public sealed record FavoritesFilter(
    [property: Id(0)] ReadOnlyMemory<byte> Bytes,
    [property: Id(1)] int Bits,
    [property: Id(2)] int Hashes,
    [property: Id(3)] int Count,
    [property: Id(4)] string ETag);

/// <summary>Answer of <c>GET /v1/favorites/among</c>.</summary>
[GenerateSerializer, Immutable, Alias("FavoriteIds")]
public sealed record FavoriteIds([property: Id(0)] ImmutableArray<GifId> Items);

/// <summary>A gif in the trash, and until when it can be restored.</summary>
[GenerateSerializer, Immutable, Alias("TrashedGif")]
public sealed record TrashedGif([property: Id(0)] Gif Gif, [property: Id(1)] DateTimeOffset DeletedAt, [property: Id(2)] DateTimeOffset RestorableUntil);
