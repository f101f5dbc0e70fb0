using System.Buffers;
using System.Runtime.ExceptionServices;
using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Media.Tus;

/// <summary>
/// Receives a chunk: reads it into a <see cref="ChunkSpool"/> of one part's size, stores each full part, and at the end what is left. The end is also that
/// of a connection: bytes that came are kept. Each time the media's grain records what is stored.
/// </summary>
internal sealed class ChunkReceiver(IGrainFactory grains, IObjectStore store, UploadRoom room, ChunkRequests requests, IOptions<UploadOptions> options)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>A chunk with a checksum counts when all of it is there, so all of it is kept back.</summary>
    private const long MaxChecked = 64 << 20;

    /// <summary>An upload has at most 10,000 parts (<see cref="PartPlace"/>): what is less than this share of it waits for more.</summary>
    private const long MostParts = 5_000;

    private static readonly Error Mismatch = new(Problems.ChecksumMismatch, "The bytes are not those of the checksum; send the chunk again.");
    private static readonly Error TailLost = Error.Conflict("The last bytes of this upload were lost and have to be sent again; ask for its offset (HEAD).");
    private static readonly Error Superseded = Error.Conflict("Another request goes on with this upload; ask for its offset (HEAD).");

    /// <summary>The turn after the chunk. Errors: not_found, conflict, too_large, checksum_mismatch.</summary>
    /// <exception cref="Exception">That of reading the body, after what came before it was kept.</exception>
    public async Task<Result<ChunkTurn>> Receive(HttpContext context, UserId owner, MediaId id, long offset, TusChecksum? checksum)
    {
        var media = grains.Media(id);
        if (!(await media.TakeTurn(owner, offset)).Succeeded(out var turn, out var refusal))
            return refusal;
        var most = Math.Min(turn.Upload.Size - offset, checksum is null ? long.MaxValue : MaxChecked);
        if (context.Request.ContentLength > most)
            return BodyLimits.TooLarge;
        using var request = requests.Make(id, turn.Number);
        await requests.Enter(id, request);
        await using var spool = new ChunkSpool();
        await using var body = new UploadBody(context, owner, TusEndpoints.Body, room, options.Value);
        if (turn.Tail is { } tail && !await CopyTail(tail, spool, request.Keeping))
        {
            await media.CommitChunk(owner, new(turn.Number, offset, -tail.Size, null, null));
            return TailLost;
        }

        var progress = new Progress(media, owner, turn, spool, request);
        var cut = await Read(body, progress, most, checksum);
        if (checksum is not null && cut is null && !progress.IsChecked)
            return Mismatch;
        if (checksum is null || progress.IsChecked)
            while (progress.Error is null && spool.Length > (progress.Turn.Tail?.Size ?? 0))
                await Pass(progress);
        if (progress.Error is { } error)
            return error;
        if (cut is not null && request.IsInterrupted)
            return Superseded;
        cut?.Throw();
        return progress.Turn;
    }

    /// <summary>Reads the body, and passes on full parts unless a checksum has to be compared first. Why the body ended early; null when it did not.</summary>
    private async Task<ExceptionDispatchInfo?> Read(UploadBody body, Progress progress, long most, TusChecksum? checksum)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using var hash = checksum?.Begin();
        try
        {
            for (var left = most; left > 0;)
            {
                var room = checksum is null ? progress.Turn.Upload.PartSize - progress.Spool.Length : left;
                int read;
                try
                {
                    read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferSize, Math.Min(left, room))), progress.Request.Reading);
                }
                // Anything: what came is kept, whatever ends the rest.
                catch (Exception e)
                {
                    return ExceptionDispatchInfo.Capture(e);
                }

                if (read == 0)
                    break;
                left -= read;
                hash?.AppendData(buffer, 0, read);
                await progress.Spool.Append(buffer.AsMemory(0, read));
                if (checksum is null && progress.Spool.Length >= progress.Turn.Upload.PartSize
                    && !await body.PassOn(() => Pass(progress)))
                    return null;
            }

            progress.IsChecked = hash is not null && checksum!.Matches(hash);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Stores one part from the spool, or the rest of it as a tail, and has it recorded. False when that is refused.</summary>
    private async Task<bool> Pass(Progress progress)
    {
        var (turn, upload) = (progress.Turn, progress.Turn.Upload);
        var length = Math.Min(progress.Spool.Length, upload.PartSize);
        var held = turn.Tail?.Size ?? 0;
        var place = new PartPlace(turn.NextPart, turn.Offset - held, length);
        await using var bytes = progress.Spool.First(length);
        var commit = new ChunkCommit(turn.Number, turn.Offset, length - held, null, null);
        try
        {
            if (place.Offset + length == upload.Size || length >= Math.Max(store.SmallestPart, upload.Size / MostParts))
                commit = await store.PutPartAsync(new(upload.Token, upload.StoreId), place, bytes, progress.Request.Keeping) is { } part ? commit with { PartETag = part.ETag } : null;
            else
                commit = await store.StageAsync(bytes, length, progress.Request.Keeping) is { } staged ? commit with { Tail = new(staged.Token, staged.Length) } : null;
        }
        catch (OperationCanceledException) when (progress.Request.Keeping.IsCancellationRequested)
        {
            progress.Error = Superseded;
            return false;
        }

        if (commit is null)
            progress.Error = Error.NotFound;
        else if (!(await progress.Media.CommitChunk(progress.Owner, commit)).Succeeded(out var next, out var error))
            progress.Error = error;
        else
            progress.Turn = next;
        progress.Spool.Drop(length);
        return progress.Error is null;
    }

    private async Task<bool> CopyTail(ChunkTail tail, ChunkSpool spool, CancellationToken cancel)
    {
        await using var staged = await store.OpenStagedAsync(tail.Token, cancel);
        if (staged is null)
            return false;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await staged.ReadAsync(buffer, cancel) is var read and > 0)
                await spool.Append(buffer.AsMemory(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return spool.Length == tail.Size;
    }

    /// <summary>How far a request is.</summary>
    private sealed class Progress(IMediaGrain media, UserId owner, ChunkTurn turn, ChunkSpool spool, ChunkRequest request)
    {
        public IMediaGrain Media => media;

        public UserId Owner => owner;

        public ChunkSpool Spool => spool;

        public ChunkRequest Request => request;

        public ChunkTurn Turn { get; set; } = turn;

        /// <summary>All of the chunk is there, and has the checksum that was announced.</summary>
        public bool IsChecked { get; set; }

        /// <summary>Why no more is kept.</summary>
        public Error? Error { get; set; }
    }
}
