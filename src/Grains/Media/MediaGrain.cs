using GifShare.Grains.Media.Tus;
using GifShare.Grains.Objects;
using GifShare.Media;
using GifShare.ObjectStore;

namespace GifShare.Grains.Media;

/// <summary>
/// The only writer of a media's rows. Keeps nothing in memory: a media is written a handful of times and read as often, and each write names the
/// status that it leaves. Asks the object store to begin, join and end uploads; bytes go from clients or frontends to the store.
/// </summary>
[GrainType("media")]
internal sealed class MediaGrain(MediaStore store, MediaEditors editors, MediaPresenter presenter, MediaObjects objects, TimeProvider time) : RowGrain(time), IMediaGrain
{
    /// <summary>An expired upload that cannot be joined for so long is given up: somebody may be writing to it on purpose.</summary>
    private static readonly TimeSpan JoiningEnds = TimeSpan.FromDays(1);

    private MediaId Id => new(this.GetPrimaryKey());

    protected override Task Load() => Task.CompletedTask;

    public Task<Result<CreatedOrExisting<MediaUpload>>> Begin(UserId owner, NewMedia command, IdempotencyTicket? ticket) => editors.Creator.Create(Id, owner, command, ticket);

    public async Task<Result<MediaUpload>> BeginShaped(UserId owner, NewMedia command, UploadShape shape) =>
        (await editors.Creator.Create(Id, owner, command, null, shape)).Succeeded(out var made, out var error) ? made.Value : error;

    public Task<Result> BeginFetch(UserId owner, string url) => editors.Creator.CreateFetched(Id, owner, url);

    public async Task<Result<MediaUpload>> GetUpload(UserId owner) => await Own(owner) is { } row ? presenter.ShowUpload(row) : Error.NotFound;

    public async Task<Result<GifShare.Media.Media>> Complete(UserId owner, Manifest manifest)
    {
        if (await Own(owner) is not { } row)
            return Error.NotFound;
        if (row.Open is not { } upload)
            return presenter.Show(row);
        if (!MediaRules.Check(manifest, upload).Succeeded(out var parts, out var invalid))
            return invalid;
        if (!(await objects.Join(row.Multipart!, parts)).Succeeded(out var length, out var mismatch))
            return mismatch;
        await Arrive(row, length);
        return await Own(owner) is { } now ? presenter.Show(now) : Error.NotFound;
    }

    public async Task<Result<GifShare.Media.Media>> Get(UserId? caller)
    {
        if (await store.Find(Id) is { } row && await presenter.ShowTo(row, caller) is { } media)
            return media;
        DeactivateOnIdle();
        return Error.NotFound;
    }

    public async Task<Result> Delete(UserId owner)
    {
        if (await Edit(() => store.Delete(Id, owner)) is not { } row)
            return Error.NotFound;
        await objects.Purge(row);
        DeactivateOnIdle();
        return Result.Ok;
    }

    public async Task Settle(ReadMedia read)
    {
        if (read.Error is { } error)
        {
            await Edit(() => store.Failed(Id, error));
            return;
        }

        var stored = new PendingObject(read.PendingObject!.Value, ObjectKey.TryParse(read.ObjectKey, out var key) ? key : throw new ArgumentException("No object key.", nameof(read)));
        var outcome = await Edit(() => store.Ready(Id, read, stored));
        if (outcome is { Error: { } refusal })
            await Edit(() => store.Failed(Id, new(refusal.Code, refusal.Detail!)));
        if (outcome is not { Error: null })
            await objects.Drop(stored);
    }

    public async Task LookForBytes()
    {
        if (await store.Find(Id) is { IsPending: true, Multipart: { } upload } row && await objects.LengthOfJoined(upload) is { } length)
            await Arrive(row, length);
    }

    public async Task Expire()
    {
        if (await store.Find(Id) is not { IsPending: true } row || (row.Open ?? row.Chunked) is not { } upload || upload.ExpiresAt > Time.GetUtcNow())
            return;
        // Joined, but the answer was lost before it was recorded; or sent whole, but never reported.
        var isTried = upload.ExpiresAt + JoiningEnds < Time.GetUtcNow();
        if (await objects.LengthOfJoined(row.Multipart!) is { } length || (!isTried && (length = await objects.JoinWhole(upload)) > 0))
            await Arrive(row, length);
        else if (await Edit(() => store.Failed(Id, new("expired", "The upload was not completed in time; send the file again."))))
            await objects.End(row);
    }

    public async Task<Result<ChunkedUpload>> GetChunks(UserId owner)
    {
        if (await Own(owner) is not { } row)
            return Error.NotFound;
        if (row.Chunked is not null && row.Sent == row.Size)
        {
            // Joining failed, or its answer was lost.
            if (await Finish(row) is { Code: not ErrorCode.Conflict } error)
                return error;
            row = await store.Find(Id);
        }

        return row is null ? Error.NotFound : ChunkEditor.Show(row);
    }

    public async Task<Result<ChunkTurn>> TakeTurn(UserId owner, long offset) =>
        await Own(owner) is { } row ? await Edit(() => editors.Chunks.TakeTurn(row, offset)) : Error.NotFound;

    public async Task<Result<ChunkTurn>> CommitChunk(UserId owner, ChunkCommit commit)
    {
        if (await Own(owner) is not { } row)
            return Error.NotFound;
        if (!(await Edit(() => editors.Chunks.Commit(row, commit))).Succeeded(out var turn, out var error))
            return error;
        return turn.IsDone && await Finish(row) is { } refusal ? refusal : turn;
    }

    public async Task FinishChunks()
    {
        if (await store.Find(Id) is { Chunked: not null } row && row.Sent == row.Size)
            await Finish(row);
    }

    private async Task<Error?> Finish(MediaRow row)
    {
        if (!(await Edit(() => editors.Chunks.Join(row))).Succeeded(out var length, out var refusal))
            return refusal;
        await Arrive(row, length);
        return null;
    }

    /// <summary>The bytes are in the store. Another number of them than announced, which only a store without length checks takes, ends the upload.</summary>
    private async Task Arrive(MediaRow row, long length)
    {
        if (length == row.Size)
        {
            if (await Edit(() => store.Arrived(Id)))
                objects.Announce();
        }
        else if (await Edit(() => store.Failed(Id, new(ErrorCode.InvalidRequest, $"{length} bytes arrived instead of the {row.Size} that were announced."))))
            await objects.End(row);
    }

    private async Task<MediaRow?> Own(UserId owner)
    {
        if (await store.Find(Id) is { } row && row.Owner == owner)
            return row;
        DeactivateOnIdle();
        return null;
    }
}
