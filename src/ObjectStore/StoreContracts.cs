namespace GifShare.ObjectStore;

/// <summary>Staged bytes, which have no key yet. It is sent from a frontend to a grain.</summary>
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

/// <summary>A stored object, as listed for the sweeper.</summary>
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

/// <summary>
/// The store cannot read or write now: its disk is full, its folder is missing, the network is away. Nothing was half done. Answer
/// <c>503 unavailable</c> with <c>Retry-After</c>.
/// </summary>
public class ObjectStoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The store's disk has no more free space than its reserve (<see cref="FolderObjectStoreOptions.MinimumFreeBytes"/>); an operator must free some.</summary>
public sealed class ObjectStoreFullException() : ObjectStoreUnavailableException("The object store's disk is almost full.");
