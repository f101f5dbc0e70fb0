namespace GifShare.ObjectStore;

/// <summary>
/// Immutable bytes under content-addressed keys. Two steps: bytes are <em>staged</em> while they arrive, then <em>committed</em> under
/// the key that their hash gives. A crash leaves either nothing, a stale staged file (swept by age) or a whole object.
/// <para>
/// <b>References.</b> The store counts nothing: rows do. Who stores bytes opens a transaction, takes the advisory lock
/// <see cref="ObjectKey.LockId"/>, commits the object, inserts the row that refers to it and commits the transaction. Who purges takes
/// the same lock, deletes its row, looks for other rows with this hash and deletes the object only when there are none. A crash between
/// the two leaves an object without rows; the sweeper finds it with <see cref="ListAsync"/> and deletes it, by age, under the same lock.
/// </para>
/// <para>
/// Every method may throw <see cref="ObjectStoreUnavailableException"/>; every method but <see cref="StageAsync"/> may then be repeated
/// as it is. All methods are safe to call concurrently, also from several processes that share the store.
/// </para>
/// </summary>
public interface IObjectStore
{
    /// <summary>Receives bytes. Durable when it returns.</summary>
    /// <param name="content">Read to its end, never more than one buffer ahead; its own exceptions pass through, leaving nothing behind.</param>
    /// <param name="limit">Bytes; with more than these the rest is not read.</param>
    /// <returns>Null when <paramref name="content"/> is longer than <paramref name="limit"/>; nothing is left behind then.</returns>
    Task<StagedObject?> StageAsync(Stream content, long limit, CancellationToken cancel);

    /// <summary>The staged bytes, seekable; null when they were committed, discarded or swept.</summary>
    Task<Stream?> OpenStagedAsync(StagedObject staged, CancellationToken cancel);

    /// <summary>Drops staged bytes. False when there are none; never an error.</summary>
    Task<bool> DiscardAsync(StagedObject staged, CancellationToken cancel);

    /// <summary>Gives staged bytes their key, atomically and durably. Call it under the key's lock. Safe to repeat.</summary>
    /// <exception cref="ArgumentException">The key's hash is not that of the staged bytes.</exception>
    Task<CommitOutcome> CommitAsync(StagedObject staged, ObjectKey key, CancellationToken cancel);

    /// <summary>Null when there is no such object.</summary>
    Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel);

    Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>Call it under the key's lock. False when there was no such object; never an error.</summary>
    Task<bool> DeleteAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>All objects, in no particular order. Those stored or deleted meanwhile may or may not be among them.</summary>
    IAsyncEnumerable<StoredObjectInfo> ListAsync(CancellationToken cancel);

    /// <summary>Removes staged bytes and unfinished multipart uploads untouched for longer than <paramref name="age"/>.</summary>
    /// <returns>How many were removed.</returns>
    Task<int> SweepStagingAsync(TimeSpan age, CancellationToken cancel);

    /// <summary>Starts an upload whose parts the client sends itself, in any order, repeating what failed.</summary>
    /// <returns>The upload's id, opaque, at most 200 characters.</returns>
    Task<string> CreateMultipartAsync(CancellationToken cancel);

    /// <summary>
    /// Where the client PUTs one part: path-absolute (folder) or absolute (S3). Valid for 15 to 30 minutes; ask again for what is missing.
    /// </summary>
    /// <param name="number">1..10,000.</param>
    /// <param name="length">Bytes of this part exactly; the address takes no other length.</param>
    string AddressOfPart(string uploadId, int number, long length);

    /// <summary>The parts received, by number; of a part sent twice the last. Null when the upload is unknown.</summary>
    Task<IReadOnlyList<UploadedPart>?> ListPartsAsync(string uploadId, CancellationToken cancel);

    /// <summary>
    /// Joins the parts into staged bytes and ends the upload. The hash is that of the whole, whatever the store's ETags are made of.
    /// Anything but <see cref="MultipartStatus.Completed"/> leaves the upload as it was.
    /// </summary>
    Task<MultipartOutcome> CompleteMultipartAsync(string uploadId, IReadOnlyList<PartReference> parts, CancellationToken cancel);

    /// <summary>Drops the upload and its parts. False when it is unknown; never an error.</summary>
    Task<bool> AbortMultipartAsync(string uploadId, CancellationToken cancel);
}

/// <summary>A store whose part addresses point back to our own frontend (the folder store; S3 receives parts itself).</summary>
public interface IPartReceiver
{
    /// <summary>Stores one part, replacing an earlier one of this number.</summary>
    /// <returns>The part, or null when the upload is unknown or <paramref name="content"/> is not exactly <paramref name="length"/> bytes.</returns>
    Task<UploadedPart?> ReceivePartAsync(string uploadId, int number, long length, Stream content, CancellationToken cancel);
}
