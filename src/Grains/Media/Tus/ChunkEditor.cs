using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Media.Tus;

/// <summary>What a media's grain writes with.</summary>
public sealed record MediaEditors(MediaCreator Creator, ChunkEditor Chunks);

/// <summary>
/// Uploads in chunks (docs/media.md, tus). Frontends store bytes as parts, or as a tail where they are too few for one, and the media's grain
/// records them; what is recorded has arrived.
/// </summary>
public sealed class ChunkEditor(ChunkStore store, IObjectStore parts, MediaObjects objects, ILogger<ChunkEditor> log)
{
    private static readonly Error Overtaken = Error.Conflict("Another request goes on with this upload; ask for its offset (HEAD).");
    private static readonly Error SentAgain = Error.Conflict("Bytes of this upload were lost and have to be sent again; ask for its offset (HEAD).");

    public static Result<ChunkedUpload> Show(MediaRow row) => row.Chunked is { } upload
        ? new ChunkedUpload(new(row.Id), row.Size, row.Sent!.Value, upload.ExpiresAt, row.FileName, row.ContentType)
        : row.IsPending || row.ErrorCode == "expired" ? Error.NotFound
        : new ChunkedUpload(new(row.Id), row.Size, row.Size, null, row.FileName, row.ContentType);

    public async Task<Result<ChunkTurn>> TakeTurn(MediaRow row, long offset)
    {
        if (row.Chunked is not { } upload)
            return Show(row).Succeeded(out _, out var gone) ? WrongOffset(row.Size) : gone;
        return await store.TakeTurn(new(row.Id), offset) is { } taken
            ? new ChunkTurn(taken.Turn, upload, offset, taken.NextPart, taken.TailToken is { } token ? new(token, taken.TailSize) : null)
            : WrongOffset(row.Sent!.Value);
    }

    public async Task<Result<ChunkTurn>> Commit(MediaRow row, ChunkCommit commit)
    {
        var isSound = commit.Length > 0 || commit is { PartETag: null, Tail: null } && commit.Length == -row.TailSize;
        var next = row.Chunked is null || !isSound ? null : await store.Commit(new(row.Id), commit, row.TailSize ?? 0);
        // A refused tail is nobody's; one that is part of something newer is not needed any more.
        if ((next is null ? commit.Tail : row.Tail) is { } unneeded)
            await objects.Discard(unneeded.Token);
        return next is { } number ? new ChunkTurn(commit.Turn, row.Chunked!, commit.Offset + commit.Length, number, commit.Tail) : row.Chunked is null ? Error.NotFound : Overtaken;
    }

    /// <summary>
    /// Joins the parts of an upload whose bytes are all there. Where the store does not hold what was committed, the upload goes back to that place: a
    /// client that asks for the offset sends it again. Errors: conflict.
    /// </summary>
    /// <returns>The number of bytes.</returns>
    public async Task<Result<long>> Join(MediaRow row)
    {
        var (id, upload) = (new MediaId(row.Id), row.Multipart!);
        try
        {
            if (await parts.CompleteUploadAsync(upload, await store.Parts(id), CancellationToken.None) is { } length)
                return length;
        }
        catch (PartsMismatchException e) when (e.Numbers.Count > 0)
        {
            log.SentAgain(id, await store.Rewind(id, e.Numbers.Min()), e.Message);
            return SentAgain;
        }
        catch (PartsMismatchException)
        {
            // The store does not say which.
            await objects.End(upload);
        }

        log.SentAgain(id, await store.Restart(id, await objects.Begin(row.ContentType)), "all parts");
        return SentAgain;
    }

    private static Error WrongOffset(long reached) => Error.Conflict($"{reached} bytes of this upload have arrived; go on from there.");
}
