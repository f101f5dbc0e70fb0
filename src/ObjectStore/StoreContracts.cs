namespace GifShare.ObjectStore;

/// <summary>Staged bytes, which have no key yet. Passed from a frontend to a grain.</summary>
/// <param name="Token">Identifies the staged bytes in the store, 32 lower-case hexadecimal digits.</param>
/// <param name="Sha256">SHA-256 of the bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Length">Bytes.</param>
public sealed record StagedObject(string Token, string Sha256, long Length);

/// <summary>An upload in parts.</summary>
/// <param name="Token">Identifies its bytes in the store, 32 lower-case hexadecimal digits. Also the token of the staged bytes once it is completed.</param>
/// <param name="StoreId">The store's own id of the upload (S3: the upload id); empty where it has none. At most 512 characters.</param>
public sealed record MultipartUpload(string Token, string StoreId);

/// <summary>Where a part belongs.</summary>
/// <param name="Number">1..10,000; a part with a higher number comes later in the file. Numbers may be skipped.</param>
/// <param name="Offset">Bytes before it.</param>
/// <param name="Length">Its bytes, at least 1.</param>
public sealed record PartPlace(int Number, long Offset, long Length);

/// <summary>A part that the store holds.</summary>
/// <param name="ETag">The store's hash of its bytes, without quotes.</param>
/// <param name="Size">Bytes.</param>
public sealed record ReceivedPart(int Number, string ETag, long Size);

public enum CommitOutcome
{
    /// <summary>The staged bytes are now stored under the key.</summary>
    Stored,

    /// <summary>The key existed already (another upload of the same bytes, or a retry); the staged copy is deleted.</summary>
    AlreadyStored,

    /// <summary>Neither the key nor the staged bytes exist: they were discarded or swept. The client must upload again.</summary>
    StagedGone,
}

/// <summary>A stored object, as enumerated for the sweeper.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="StoredAt">When it was stored, UTC.</param>
public sealed record StoredObjectInfo(ObjectKey Key, long Length, DateTimeOffset StoredAt);

/// <summary>
/// An object opened for reading. Reading it from its start to its end goes on even if the key is deleted in the meantime; after a seek, a store may find
/// that it is gone (<see cref="ObjectStoreUnavailableException"/>).
/// </summary>
/// <param name="Content">Seekable, at position 0; read it asynchronously.</param>
/// <param name="ETag">A strong entity tag, including the quotes.</param>
public sealed record OpenedObject(ObjectKey Key, Stream Content, long Length, string ETag, DateTimeOffset LastModified) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

/// <summary>The manifest of an upload names parts that the store does not hold, or not with these bytes.</summary>
public sealed class PartsMismatchException(IReadOnlyList<int> numbers) : Exception($"Parts are missing or differ: {string.Join(", ", numbers)}")
{
    /// <summary>The parts that have to be sent again; empty when the parts leave gaps or the store does not say which.</summary>
    public IReadOnlyList<int> Numbers => numbers;
}

/// <summary>
/// The store cannot read or write at present: the disk is full, the folder is missing, the network is down. The operation had no effect. Respond with
/// <c>503 unavailable</c> and <c>Retry-After</c>.
/// </summary>
public class ObjectStoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Free space on the store's disk is below the reserve (<see cref="FolderObjectStoreOptions.MinimumFreeBytes"/>); an operator must free some.</summary>
public sealed class ObjectStoreFullException() : ObjectStoreUnavailableException("The object store's disk is almost full.");
