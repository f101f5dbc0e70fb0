using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace GifShare.Media;

[GenerateSerializer, Alias("MediaStatus")]
public enum MediaStatus
{
    /// <summary>Parts are expected.</summary>
    [JsonStringEnumMemberName("pending")] Pending,

    /// <summary>All bytes are there, and wait to be read.</summary>
    [JsonStringEnumMemberName("uploaded")] Uploaded,

    /// <summary>Being fetched or read.</summary>
    [JsonStringEnumMemberName("processing")] Processing,

    [JsonStringEnumMemberName("ready")] Ready,

    /// <summary>Refused; <see cref="Media.Error"/> says why.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}

[GenerateSerializer, Alias("MediaKind")]
public enum MediaKind
{
    /// <summary>Moving pictures without sound: GIF, animated WebP, animated PNG.</summary>
    [JsonStringEnumMemberName("gif")] Gif,

    [JsonStringEnumMemberName("photo")] Photo,

    [JsonStringEnumMemberName("video")] Video,
}

/// <summary><c>media</c> of api.md: a file of a user.</summary>
/// <param name="Progress">Percent of the work after the upload.</param>
/// <param name="Kind">Known when ready.</param>
/// <param name="Width">As displayed; known for pictures when ready.</param>
/// <param name="Height">As <paramref name="Width"/>.</param>
/// <param name="Size">Bytes: as announced, when ready of the stored file, which has no metadata.</param>
/// <param name="ContentType">As announced, when ready by our own reading.</param>
/// <param name="Renditions">When ready; <c>original</c> is the stored file.</param>
[GenerateSerializer, Immutable, Alias("Media")]
public sealed record Media(
    [property: Id(0)] MediaId Id,
    [property: Id(1)] MediaStatus Status,
    [property: Id(2)] int Progress,
    [property: Id(3)] MediaKind? Kind,
    [property: Id(4)] int? Width,
    [property: Id(5)] int? Height,
    [property: Id(6)] long Size,
    [property: Id(7)] string ContentType,
    [property: Id(8)] string? FileName,
    [property: Id(9)] string? AltText,
    [property: Id(10)] MediaError? Error,
    [property: Id(11)] ImmutableArray<Rendition> Renditions,
    [property: Id(12)] DateTimeOffset CreatedAt);

/// <param name="Code">Stable: <c>unsupported_media</c>, <c>too_large</c>, <c>quota_exceeded</c>, <c>checksum_mismatch</c>, <c>expired</c>, <c>fetch_…</c>.</param>
/// <param name="Detail">A sentence for the sender.</param>
[GenerateSerializer, Immutable, Alias("MediaError")]
public sealed record MediaError([property: Id(0)] string Code, [property: Id(1)] string Detail);

/// <param name="Url">Path-absolute and signed.</param>
[GenerateSerializer, Immutable, Alias("Rendition")]
public sealed record Rendition(
    [property: Id(0)] string Name,
    [property: Id(1)] string Url,
    [property: Id(2)] string ContentType,
    [property: Id(3)] int? Width,
    [property: Id(4)] int? Height,
    [property: Id(5)] long Size);

/// <summary>JSON body of <c>POST /v1/media</c>.</summary>
/// <param name="Size">Bytes, 1 to 2 GB.</param>
/// <param name="Sha256">Of the file, 64 hexadecimal digits; what arrives is compared with it.</param>
[GenerateSerializer, Immutable, Alias("NewMedia")]
public sealed record NewMedia(
    [property: Id(0)] string FileName,
    [property: Id(1)] string ContentType,
    [property: Id(2)] long Size,
    [property: Id(3)] string? Sha256 = null,
    [property: Id(4)] string? AltText = null);

/// <summary>An upload that takes parts, as a frontend needs it.</summary>
/// <param name="Token">Identifies the bytes in the object store. Secret.</param>
/// <param name="StoreId">The object store's own id of the upload.</param>
/// <param name="PartSize">Bytes of each part but the last.</param>
[GenerateSerializer, Immutable, Alias("OpenUpload")]
public sealed record OpenUpload(
    [property: Id(0)] string Token,
    [property: Id(1)] string StoreId,
    [property: Id(2)] long PartSize,
    [property: Id(3)] long Size,
    [property: Id(4)] string ContentType,
    [property: Id(5)] DateTimeOffset ExpiresAt)
{
    public int PartCount => (int)((Size + PartSize - 1) / PartSize);

    /// <summary>Bytes of a part; the last one has the rest.</summary>
    public long LengthOf(int number) => Math.Min(PartSize, Size - OffsetOf(number));

    public long OffsetOf(int number) => (number - 1) * PartSize;
}

/// <param name="Upload">Null when no parts are expected.</param>
[GenerateSerializer, Immutable, Alias("MediaUpload")]
public sealed record MediaUpload([property: Id(0)] Media Media, [property: Id(1)] OpenUpload? Upload);

/// <summary>A part in the manifest of <c>POST /v1/media/{id}/complete</c>.</summary>
/// <param name="Number">From 1.</param>
/// <param name="ETag">Of the answer to the part's PUT, with or without quotes.</param>
[GenerateSerializer, Immutable, Alias("ManifestPart")]
public sealed record ManifestPart([property: Id(0)] int Number, [property: Id(1), JsonPropertyName("etag")] string ETag);

/// <summary>JSON body of <c>POST /v1/media/{id}/complete</c>.</summary>
/// <param name="Parts">All parts, each once, in order of their numbers.</param>
[GenerateSerializer, Immutable, Alias("Manifest")]
public sealed record Manifest([property: Id(0)] ImmutableArray<ManifestPart> Parts);

/// <summary>What the bytes of an upload are, as the reader found.</summary>
/// <param name="PendingObject">The pending row of the stored object; null when <paramref name="Error"/> is set.</param>
/// <param name="Sha256">Of the bytes as they came.</param>
/// <param name="Token">Of the staged bytes that are to be stored.</param>
[GenerateSerializer, Immutable, Alias("ReadMedia")]
public sealed record ReadMedia(
    [property: Id(0)] Guid? PendingObject,
    [property: Id(1)] string? ObjectKey,
    [property: Id(2)] long Size,
    [property: Id(3)] string? Sha256,
    [property: Id(4)] MediaKind? Kind,
    [property: Id(5)] int? Width,
    [property: Id(6)] int? Height,
    [property: Id(7)] MediaError? Error = null,
    [property: Id(8)] string? Token = null);
