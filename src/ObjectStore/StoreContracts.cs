namespace GifShare.ObjectStore;

/// <summary>Staged bytes, which have no key yet. Passed from a frontend to a grain.</summary>
/// <param name="Token">Identifies the staged bytes in the store, 32 lower-case hexadecimal digits.</param>
/// <param name="Sha256">SHA-256 of the bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Length">Bytes.</param>
public sealed record StagedObject(string Token, string Sha256, long Length);

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

/// <summary>An object opened for reading. It stays readable until disposed, even if the key is deleted in the meantime.</summary>
/// <param name="Content">Seekable, at position 0.</param>
/// <param name="ETag">A strong entity tag, including the quotes.</param>
public sealed record OpenedObject(ObjectKey Key, Stream Content, long Length, string ETag, DateTimeOffset LastModified) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

/// <summary>
/// The store cannot read or write at present: the disk is full, the folder is missing, the network is down. The operation had no effect. Respond with
/// <c>503 unavailable</c> and <c>Retry-After</c>.
/// </summary>
public class ObjectStoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Free space on the store's disk is below the reserve (<see cref="FolderObjectStoreOptions.MinimumFreeBytes"/>); an operator must free some.</summary>
public sealed class ObjectStoreFullException() : ObjectStoreUnavailableException("The object store's disk is almost full.");
