using GifShare.Gifs;

namespace GifShare.Grains.Gifs;

/// <summary>
/// The only writer of a gif's row. Caches nothing but the revision it wrote last: who may see a gif depends on rows of many collections, so a
/// read is one statement in any case, and popular gifs are read through the cached pages of collections.
/// </summary>
[GrainType("gif")]
public sealed class GifGrain(
    GifStore store, GifCreator creator, MediaGifCreator fromMedia, LostGifSweep lost, IEnumerable<IGifFollower> followers, TimeProvider time) : RowGrain(time), IGifGrain
{
    /// <summary>Rounds of notification when the gif is deleted and restored meanwhile; the sweeper does the rest.</summary>
    private const int Tellings = 3;

    private long? revision;

    /// <summary>Reads nothing, because no row is cached: the next write accepts the revision it finds.</summary>
    protected override Task Load()
    {
        revision = null;
        return Task.CompletedTask;
    }

    private GifId Id => new(this.GetPrimaryKey());

    public async Task<Result<CreatedOrExisting<Gif>>> CreateLinked(UserId owner, NewLinkedGif command, IdempotencyTicket? ticket) =>
        !GifRules.Check(command).Succeeded(out var link, out var error) ? error
        : await TakeRow(owner) is { } full ? full
        : await ToldBack(await creator.CreateLinked(Id, owner, link, ticket, Time.GetUtcNow()));

    public async Task<Result<CreatedOrExisting<Gif>>> CreateUploaded(UserId owner, NewUploadedGif command, IdempotencyTicket? ticket)
    {
        var isHandedOver = false;
        try
        {
            if (!GifRules.Check(command).Succeeded(out var texts, out var error) || (error = await TakeRow(owner)) is not null)
                return error;
            isHandedOver = true;
            return await ToldBack(await creator.CreateUploaded(Id, owner, command, texts, ticket, Time.GetUtcNow()));
        }
        finally
        {
            if (!isHandedOver)
                await creator.Discard(command);
        }
    }

    public Task<Result<CreatedOrExisting<Gif>>> CreateFromMedia(UserId owner, NewMediaGif command, IdempotencyTicket? ticket) => Create(owner, command, ticket, isFetched: false);

    private async Task<Result<CreatedOrExisting<Gif>>> Create(UserId owner, NewMediaGif command, IdempotencyTicket? ticket, bool isFetched) =>
        !GifRules.Check(command).Succeeded(out var texts, out var error) || (error = await TakeRow(owner)) is not null ? error
        : await ToldBack(await fromMedia.Create(Id, owner, command.MediaId, command.Provider ?? GifRules.UploadProvider, texts, ticket, Time.GetUtcNow(), isFetched));

    public async Task<Result<CreatedOrExisting<Gif>>> CreateFetched(UserId owner, NewFetchedGif command, IdempotencyTicket? ticket)
    {
        if (!GifRules.Check(command, fromMedia.FetchesHttp).Succeeded(out var url, out var invalid))
            return invalid;
        if (await fromMedia.FindFetched(owner, url) is { } known)
            return await fromMedia.Existing(known, ticket);
        var media = MediaId.New();
        return (await GrainFactory.Media(media).BeginFetch(owner, url)).Error is { } refused
            ? refused
            : await Create(owner, new(media, command.Title, command.AltText, command.Tags, command.Rating, command.Provider ?? "web"), ticket, isFetched: true);
    }

    public async Task MediaSettled()
    {
        await fromMedia.Settle(Id, Time.GetUtcNow());
        // The row has another revision now.
        revision = null;
    }

    public async Task RecordFile()
    {
        await lost.Record(Id);
        // The row may have another revision now.
        revision = null;
    }

    public async Task<Result<Gif>> Get(UserId? caller, ViaLink? via)
    {
        var result = await store.Get(Id, caller, via);
        // Activations for unknown ids must not fill the silo's memory.
        if (result.Error is not null)
            DeactivateOnIdle();
        return result;
    }

    public async Task<Result<Gif>> Update(UserId caller, GifPatch patch, GifPatch? expected)
    {
        if (!GifRules.Check(patch).Succeeded(out var checkedPatch, out var error))
            return error;
        var (result, written) = await Edit(() => store.Update(Id, caller, checkedPatch, expected, revision));
        revision = written ?? revision;
        return result;
    }

    public async Task<Result> Delete(UserId caller)
    {
        var (refusal, isGone, written) = await Edit(() => store.Delete(Id, caller, revision));
        revision = written ?? revision;
        // Also if it was deleted before: that call may have failed between its commit and the notification.
        if (isGone)
            await FinishTelling();
        return new(refusal);
    }

    public async Task<Result<Gif>> Restore(UserId caller, IdempotencyTicket? ticket)
    {
        var (result, written) = await Edit(() => store.Restore(Id, caller, ticket, revision));
        revision = written ?? revision;
        if (result.Error is null)
            await FinishTelling();
        return result;
    }

    public async Task FinishTelling()
    {
        for (var telling = 0; telling < Tellings && await store.TellingDue(Id) is { } due; telling++)
        {
            foreach (var follower in followers)
                await follower.Follow(Id);
            revision = await Edit(() => store.Told(Id, due)) ? due + 1 : null;
        }
    }

    private async Task<Error?> TakeRow(UserId owner) => (await GrainFactory.User(owner).TakeRows(new(Gifs: 1), isBatch: false)).Error;

    private async Task<Result<CreatedOrExisting<Gif>>> ToldBack((Result<CreatedOrExisting<Gif>> Result, GifId? Restored) created)
    {
        var (result, restored) = created;
        if (restored is { } gif)
            await GrainFactory.Gif(gif).FinishTelling();
        return result;
    }
}
