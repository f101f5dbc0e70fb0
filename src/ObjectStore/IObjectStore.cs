namespace GifShare.ObjectStore;

/// <summary>
/// Stores immutable files under content-addressed keys, in two phases: bytes are <em>staged</em> while they arrive, then <em>committed</em> under
/// the key derived from their hash. A crash leaves nothing, a staged file (swept by age) or a complete object.
/// <para>
/// <b>References.</b> The store counts no references; rows are the references. To store an object, insert a pending row under the advisory
/// lock <see cref="ObjectKey.LockId"/>, commit the object, then replace the pending row by the row that refers to the object. To purge, take the
/// same lock, delete the row, look for other rows with this hash (pending ones too) and delete the object only if there are none. A crash leaves an
/// object without rows; the sweeper finds it by <see cref="ListAsync"/> and deletes it, by age, under the same lock.
/// </para>
/// <para>
/// Every method may throw <see cref="ObjectStoreUnavailableException"/>; every method except <see cref="StageAsync"/> may then be retried.
/// All methods are thread-safe, also across processes that share the store.
/// </para>
/// </summary>
public interface IObjectStore
{
    /// <summary>Stages bytes; they are flushed to disk when this returns.</summary>
    /// <param name="content">Read to the end through one buffer. An exception it throws propagates and leaves nothing staged.</param>
    /// <param name="limit">The maximum number of bytes; reading stops beyond them.</param>
    /// <returns>Null, with nothing staged, when <paramref name="content"/> is longer than <paramref name="limit"/>.</returns>
    Task<StagedObject?> StageAsync(Stream content, long limit, CancellationToken cancel);

    /// <summary>The staged bytes, seekable; null when they were committed, discarded or swept.</summary>
    Task<Stream?> OpenStagedAsync(StagedObject staged, CancellationToken cancel);

    /// <summary>Deletes staged bytes. False when there are none.</summary>
    Task<bool> DiscardAsync(StagedObject staged, CancellationToken cancel);

    /// <summary>Moves staged bytes to their key, atomically and durably. Call it while a pending row names the key. Idempotent.</summary>
    /// <exception cref="ArgumentException">The key's hash is not that of the staged bytes.</exception>
    Task<CommitOutcome> CommitAsync(StagedObject staged, ObjectKey key, CancellationToken cancel);

    /// <returns>Null when there is no such object.</returns>
    Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel);

    Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>Deletes an object. Call it under the key's lock. False when there is no such object.</summary>
    Task<bool> DeleteAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>All objects, in no particular order. Objects stored or deleted during the enumeration may be missing or included.</summary>
    IAsyncEnumerable<StoredObjectInfo> ListAsync(CancellationToken cancel);

    /// <summary>Deletes staged files untouched for longer than <paramref name="age"/>.</summary>
    /// <returns>The number of deleted files.</returns>
    Task<int> SweepStagingAsync(TimeSpan age, CancellationToken cancel);
}
