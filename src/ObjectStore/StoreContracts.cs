namespace GifShare.ObjectStore;

/// <summary>Bytes that were received but have no name yet. Plain text and numbers, so it may travel from a frontend to a grain.</summary>
/// <param name="Token">Names the staged bytes inside the store, 32 lower-case hexadecimal digits.</param>
/// <param name="Sha256">SHA-256 of the bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Length">Bytes.</param>
public sealed record StagedObject(string Token, string Sha256, long Length);

public enum CommitOutcome
{
    /// <summary>The staged bytes are now stored under the key.</summary>
    Stored,

    /// <summary>The key was there already (another upload of the same bytes, or a retry); the staged copy is gone.</summary>
    AlreadyStored,

    /// <summary>Neither the key nor the staged bytes exist: they were discarded or swept. The client must send them again.</summary>
    StagedGone,
}

/// <summary>What a sweeper compares with the rows.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="StoredAt">When it was stored, UTC.</param>
public sealed record StoredObjectInfo(ObjectKey Key, long Length, DateTimeOffset StoredAt);

/// <summary>An object opened for reading. It stays readable until disposed, also when the key is deleted meanwhile.</summary>
/// <param name="Content">Seekable, at position 0.</param>
/// <param name="ETag">Strong, with its quotes.</param>
public sealed record OpenedObject(ObjectKey Key, Stream Content, long Length, string ETag, DateTimeOffset LastModified) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

/// <param name="Number">1..10,000.</param>
/// <param name="ETag">Opaque; goes into the manifest as it is, without quotes.</param>
/// <param name="Length">Bytes.</param>
public sealed record UploadedPart(int Number, string ETag, long Length);

/// <summary>One line of the manifest that completes a multipart upload.</summary>
public sealed record PartReference(int Number, string ETag);

public enum MultipartStatus
{
    Completed,

    /// <summary>Never started, completed before, aborted or swept.</summary>
    UnknownUpload,

    /// <summary>A part is missing or its ETag is another; see <see cref="MultipartOutcome.Part"/>. Send it again.</summary>
    PartMismatch,

    /// <summary>The manifest is empty or its numbers are not 1, 2, 3, … in this order.</summary>
    BadManifest,
}

/// <param name="Staged">Set when completed.</param>
/// <param name="Part">The part that did not match, else 0.</param>
public sealed record MultipartOutcome(MultipartStatus Status, StagedObject? Staged = null, int Part = 0);

/// <summary>
/// The store cannot take or give bytes now: disk full, folder gone, network away. Nothing was half done; answer
/// <c>503 unavailable</c> with <c>Retry-After</c> and try again later.
/// </summary>
public sealed class ObjectStoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
