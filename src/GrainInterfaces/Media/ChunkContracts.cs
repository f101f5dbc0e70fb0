namespace GifShare.Media;

/// <summary>How a new upload takes its bytes, where that is not parts of the size in the settings.</summary>
/// <param name="InChunks">In order, in chunks of any length (tus); there are no addresses of parts.</param>
/// <param name="PartSize">Bytes of each part but the last, 5 to 64 MB; null: as the settings say.</param>
[GenerateSerializer, Immutable, Alias("UploadShape")]
public sealed record UploadShape([property: Id(0)] bool InChunks = false, [property: Id(1)] long? PartSize = null);

/// <summary>How far an upload in chunks is.</summary>
/// <param name="Offset">Bytes that are stored and will not be asked for again; the size when all are.</param>
/// <param name="ExpiresAt">When it ends; null when all bytes are there.</param>
[GenerateSerializer, Immutable, Alias("ChunkedUpload")]
public sealed record ChunkedUpload(
    [property: Id(0)] MediaId Id,
    [property: Id(1)] long Size,
    [property: Id(2)] long Offset,
    [property: Id(3)] DateTimeOffset? ExpiresAt,
    [property: Id(4)] string? FileName,
    [property: Id(5)] string ContentType);

/// <summary>Bytes at the end of what has arrived that are too few for a part: staged, and repeated at the start of the next part or tail.</summary>
[GenerateSerializer, Immutable, Alias("ChunkTail")]
public sealed record ChunkTail([property: Id(0)] string Token, [property: Id(1)] long Size);

/// <summary>
/// The right to append to an upload in chunks, until somebody else takes a newer one. Two holders may write the same part; the store keeps one of
/// them, and joining compares it with what was committed.
/// </summary>
/// <param name="Number">Of the turn; a newer one is greater.</param>
/// <param name="Upload">Where the bytes go.</param>
/// <param name="Offset">Bytes that have arrived, the tail included.</param>
/// <param name="NextPart">The number of the next part. It begins with the tail.</param>
[GenerateSerializer, Immutable, Alias("ChunkTurn")]
public sealed record ChunkTurn(
    [property: Id(0)] long Number,
    [property: Id(1)] OpenUpload Upload,
    [property: Id(2)] long Offset,
    [property: Id(3)] int NextPart,
    [property: Id(4)] ChunkTail? Tail)
{
    public bool IsDone => Offset == Upload.Size;
}

/// <summary>New bytes are stored: as a part together with the tail before them, or as a new tail that begins with the old one.</summary>
/// <param name="Turn">Whose.</param>
/// <param name="Offset">Bytes that had arrived before.</param>
/// <param name="Length">New bytes. Negative: the tail is lost, and so many bytes have to be sent again.</param>
/// <param name="PartETag">Of the part; null for a tail.</param>
/// <param name="Tail">The new tail; null for a part.</param>
[GenerateSerializer, Immutable, Alias("ChunkCommit")]
public sealed record ChunkCommit(
    [property: Id(0)] long Turn,
    [property: Id(1)] long Offset,
    [property: Id(2)] long Length,
    [property: Id(3)] string? PartETag,
    [property: Id(4)] ChunkTail? Tail);
