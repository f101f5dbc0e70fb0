namespace GifShare.ObjectStore;

/// <summary>
/// Stores immutable files under content-addressed keys, in two steps: bytes are <em>staged</em> while they arrive, then <em>committed</em> under
/// the key that their hash gives. A crash leaves nothing, a staged file (swept by age) or a whole object.
/// <para>
/// <b>References.</b> The store does not count references; rows are the references. To store an object, first write a pending row under the advisory
/// lock <see cref="ObjectKey.LockId"/>, commit the object, and then replace the pending row by the row that refers to the object. To purge, take the
/// same lock, delete the row, look for other rows with this hash (pending ones too) and delete the object only when there are none. A crash leaves an
/// object without rows, which the sweeper finds by <see cref="ListAsync"/> and deletes, by age, under the same lock.
/// </para>
/// <para>
/// Every method may throw <see cref="ObjectStoreUnavailableException"/>; every method but <see cref="StageAsync"/> may then be repeated
/// as it is. All methods are safe to call concurrently, also from several processes that share the store.
/// </para>
/// </summary>
public interface IObjectStore
{
    /// <summary>Stages bytes; they are on the disk when this returns.</summary>
    /// <param name="content">Read to its end, one buffer at a time. Its exceptions pass through, and nothing stays staged then.</param>
    /// <param name="limit">The most bytes to accept; reading stops beyond them.</param>
    /// <returns>Null when <paramref name="content"/> is longer than <paramref name="limit"/>; nothing stays staged then.</returns>
    Task<StagedObject?> StageAsync(Stream content, long limit, CancellationToken cancel);

    /// <summary>The staged bytes, seekable; null when they were committed, discarded or swept.</summary>
    Task<Stream?> OpenStagedAsync(StagedObject staged, CancellationToken cancel);

    /// <summary>Deletes staged bytes. False when there are none.</summary>
    Task<bool> DiscardAsync(StagedObject staged, CancellationToken cancel);

    /// <summary>Gives staged bytes their key, atomically and durably. To be called while a pending row names the key. Safe to repeat.</summary>
    /// <exception cref="ArgumentException">The key's hash is not that of the staged bytes.</exception>
    Task<CommitOutcome> CommitAsync(StagedObject staged, ObjectKey key, CancellationToken cancel);

    /// <summary>Null when there is no such object.</summary>
    Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel);

    Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>Deletes an object. To be called under the key's lock. False when there is no such object.</summary>
    Task<bool> DeleteAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>All objects, in no particular order. Objects that are stored or deleted meanwhile may be missing or included.</summary>
    IAsyncEnumerable<StoredObjectInfo> ListAsync(CancellationToken cancel);

    /// <summary>Removes staged bytes untouched for longer than <paramref name="age"/>.</summary>
    /// <returns>How many were removed.</returns>
    Task<int> SweepStagingAsync(TimeSpan age, CancellationToken cancel);
}
