using System.Runtime.CompilerServices;

namespace GifShare.ObjectStore;

/// <summary>
/// Stores immutable files under content-addressed keys, in two phases: bytes are <em>staged</em> while they arrive, then <em>committed</em> under
/// the key derived from their hash. A crash leaves nothing, a staged file or parts of an upload (swept by age) or a complete object.
/// <para>
/// <b>References.</b> The store counts no references; rows are the references. To store an object, insert a pending row under the advisory
/// lock <see cref="ObjectKey.LockId"/>, commit the object, then replace the pending row by the row that refers to the object. To purge, take the
/// same lock, delete the row, look for other rows with this hash (pending ones too) and delete the object only if there are none. A crash leaves an
/// object without rows; the sweeper finds it by <see cref="ListAsync"/> and deletes it, by age, under the same lock.
/// </para>
/// <para>
/// Every method may throw <see cref="ObjectStoreUnavailableException"/>; every method that takes no stream may then be retried.
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
    /// <param name="token">Of <see cref="StageAsync"/> or of a completed <see cref="MultipartUpload"/>.</param>
    Task<Stream?> OpenStagedAsync(string token, CancellationToken cancel);

    /// <summary>Deletes staged bytes. False when there are none.</summary>
    Task<bool> DiscardAsync(string token, CancellationToken cancel);

    /// <summary>
    /// Moves staged bytes to their key, atomically and durably. The caller has computed the key's hash from the staged bytes, and a pending row names
    /// the key. Idempotent. Of several who commit the same bytes at once more than one may be told that it stored them: readers see the whole object
    /// whoever wrote it.
    /// </summary>
    Task<CommitOutcome> CommitAsync(string token, ObjectKey key, CancellationToken cancel);

    /// <summary>Begins an upload in parts, which <see cref="CompleteUploadAsync"/> turns into staged bytes. Nobody but the returned record names it.</summary>
    /// <param name="contentType">As the client claims; kept by stores that keep one, never served.</param>
    Task<MultipartUpload> BeginUploadAsync(string contentType, CancellationToken cancel);

    /// <summary>The origin of <see cref="AddressOfPart"/>, such as <c>https://gifs.s3.example.org</c>; null when it has no such addresses.</summary>
    string? ClientOrigin { get; }

    /// <summary>Bytes of the smallest part that is not the last one of its upload; 0: any size.</summary>
    long SmallestPart { get; }

    /// <summary>
    /// An address to which a client PUTs one part without passing through a frontend; the answer's <c>ETag</c> goes into the manifest. The store
    /// refuses other lengths and, unless null, other content types. Null when the store has no addresses that clients reach: then the frontend
    /// receives parts and passes them to <see cref="PutPartAsync"/>.
    /// </summary>
    Uri? AddressOfPart(MultipartUpload upload, PartPlace place, string? contentType, TimeSpan life);

    /// <summary>
    /// Stores one part durably. Parts come in any order, in parallel, and repeatedly: the last one stored counts. A part whose content ends early or throws
    /// is not stored.
    /// </summary>
    /// <param name="content">Exactly <see cref="PartPlace.Length"/> bytes. An exception it throws propagates.</param>
    /// <returns>Null when there is no such upload: it was completed, aborted or swept.</returns>
    /// <exception cref="EndOfStreamException">The content is shorter than announced; longer content is not read.</exception>
    Task<ReceivedPart?> PutPartAsync(MultipartUpload upload, PartPlace place, Stream content, CancellationToken cancel);

    /// <summary>The stored parts in order of their numbers; null when there is no such upload.</summary>
    Task<IReadOnlyList<ReceivedPart>?> ListPartsAsync(MultipartUpload upload, CancellationToken cancel);

    /// <summary>
    /// Joins parts to staged bytes under <see cref="MultipartUpload.Token"/>, durably; other parts of the upload are deleted. Idempotent.
    /// </summary>
    /// <param name="parts">
    /// In order of their numbers and places, without gaps. Each entity tag is that of the stored part. All stored parts should be among them: a store may
    /// refuse to leave one out.
    /// </param>
    /// <returns>The number of bytes; null when there is no such upload.</returns>
    /// <exception cref="PartsMismatchException">Some parts are not stored, or with other bytes; nothing has changed, and they can be sent again.</exception>
    Task<long?> CompleteUploadAsync(MultipartUpload upload, IReadOnlyList<ReceivedPart> parts, CancellationToken cancel);

    /// <summary>Ends an upload and deletes its parts, or its staged bytes when it was completed. False when there is nothing to delete.</summary>
    Task<bool> AbortUploadAsync(MultipartUpload upload, CancellationToken cancel);

    /// <summary>
    /// An address at which a client reads an object without passing through a frontend, for at most <paramref name="life"/>; null when the store has no
    /// addresses that clients reach. The answer has the key's content type.
    /// </summary>
    Uri? AddressOf(ObjectKey key, TimeSpan life);

    /// <returns>Null when there is no such object.</returns>
    Task<OpenedObject?> OpenAsync(ObjectKey key, CancellationToken cancel);

    Task<bool> ExistsAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>Deletes an object. Call it under the key's lock. False when there is no such object.</summary>
    Task<bool> DeleteAsync(ObjectKey key, CancellationToken cancel);

    /// <summary>
    /// The objects of one of 256 shards, in no particular order. Objects stored or deleted during the enumeration may be missing or included.
    /// </summary>
    /// <param name="shard">The first byte of their hash.</param>
    /// <param name="cancel">Ends the enumeration.</param>
    IAsyncEnumerable<StoredObjectInfo> ListAsync(byte shard, CancellationToken cancel);

    /// <summary>Deletes staged bytes and unfinished uploads in parts that are untouched for longer than <paramref name="age"/>.</summary>
    /// <param name="age">Of the youngest that are deleted.</param>
    /// <param name="kept">Tokens that are left out, whatever their age.</param>
    /// <param name="cancel">Ends the sweep.</param>
    /// <returns>How many of both.</returns>
    Task<int> SweepStagingAsync(TimeSpan age, IReadOnlySet<string> kept, CancellationToken cancel);
}

public static class ObjectStoreExtensions
{
    /// <summary>All objects, shard by shard.</summary>
    public static async IAsyncEnumerable<StoredObjectInfo> ListAsync(this IObjectStore store, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var shard = 0; shard <= byte.MaxValue; shard++)
        {
            await foreach (var stored in store.ListAsync((byte)shard, cancel))
                yield return stored;
        }
    }
}
