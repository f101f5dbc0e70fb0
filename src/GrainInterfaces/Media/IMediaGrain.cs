using Orleans.Concurrency;

namespace GifShare.Media;

/// <summary>
/// A file of a user, from the announcement of an upload to the stored object (docs/media.md). The key is the <see cref="MediaId"/>. Bytes never pass
/// through the grain. Visible to its owner, and to whoever sees something made of it; not_found for others.
/// </summary>
[Alias("IMediaGrain")]
public interface IMediaGrain : IGrainWithGuidKey
{
    /// <summary>
    /// Announces an upload in parts under this new id and reserves storage for it. The owner's ready media with the same <c>sha256</c> is returned
    /// instead, without an upload. Errors: invalid_request, quota_exceeded.
    /// </summary>
    [Alias("Begin"), ResponseTimeout("00:01:00")]
    Task<Result<CreatedOrExisting<MediaUpload>>> Begin(UserId owner, NewMedia command, IdempotencyTicket? ticket);

    /// <summary>Announces an upload that takes its bytes in another shape; the file is sent even if the owner has it. Errors: invalid_request, quota_exceeded.</summary>
    [Alias("BeginShaped"), ResponseTimeout("00:01:00")]
    Task<Result<MediaUpload>> BeginShaped(UserId owner, NewMedia command, UploadShape shape);

    /// <summary>Announces a file that the server fetches from an address, under this new id. Errors: quota_exceeded.</summary>
    /// <param name="owner">Whose file it will be.</param>
    /// <param name="url">Validated and in its canonical form.</param>
    [Alias("BeginFetch")]
    Task<Result> BeginFetch(UserId owner, string url);

    /// <summary>The media, and its upload while parts are expected. Errors: not_found (not the owner).</summary>
    [ReadOnly, Alias("GetUpload")]
    Task<Result<MediaUpload>> GetUpload(UserId owner);

    /// <summary>
    /// Joins the parts; they are read in the background. Repeating it is harmless. Errors: not_found, invalid_request, conflict (parts are missing or
    /// differ from the manifest and have to be sent again).
    /// </summary>
    [Alias("Complete"), ResponseTimeout("00:02:00")]
    Task<Result<Media>> Complete(UserId owner, Manifest manifest);

    /// <param name="caller">Null for an anonymous caller.</param>
    [ReadOnly, Alias("Get")]
    Task<Result<Media>> Get(UserId? caller);

    /// <summary>Ends the upload, or deletes the media; what was made of it stays. Errors: not_found.</summary>
    [Alias("Delete"), ResponseTimeout("00:01:00")]
    Task<Result> Delete(UserId owner);

    /// <summary>Records what the reader found. Called by the silo's reader; harmless when the media is gone or settled already.</summary>
    [Alias("Settle")]
    Task Settle(ReadMedia read);

    /// <summary>Records that all bytes have arrived, if they are joined in the store; else does nothing. Called when the store says so.</summary>
    [Alias("LookForBytes"), ResponseTimeout("00:01:00")]
    Task LookForBytes();

    /// <summary>Ends an upload that has expired; one whose parts are joined already is read instead. Called by the sweeper.</summary>
    [Alias("Expire"), ResponseTimeout("00:01:00")]
    Task Expire();

    /// <summary>How far an upload in chunks is. Errors: not_found (also when it expired).</summary>
    [Alias("GetChunks"), ResponseTimeout("00:02:00")]
    Task<Result<ChunkedUpload>> GetChunks(UserId owner);

    /// <summary>Takes the right to append, which ends everybody else's. Errors: not_found, conflict (another offset than <paramref name="offset"/> has been reached).</summary>
    [Alias("TakeTurn")]
    Task<Result<ChunkTurn>> TakeTurn(UserId owner, long offset);

    /// <summary>
    /// Records stored bytes; with the last of them the file has arrived and is read in the background. Errors: not_found, conflict (somebody took a newer
    /// turn, or what is stored is not what was sent: ask for the offset).
    /// </summary>
    [Alias("CommitChunk"), ResponseTimeout("00:02:00")]
    Task<Result<ChunkTurn>> CommitChunk(UserId owner, ChunkCommit commit);

    /// <summary>Joins an upload in chunks whose bytes are all there, if that failed before. Called by the sweeper.</summary>
    [Alias("FinishChunks"), ResponseTimeout("00:02:00")]
    Task FinishChunks();
}
