using GifShare.Gifs;

namespace GifShare.Grains.Gifs;

/// <summary>
/// The one writer of a gif's row. It holds nothing but the revision that it has written last: who may see a gif depends on rows of many
/// collections, so a read is one statement anyway, and hot gifs are read through the finished pages of collections.
/// </summary>
[GrainType("gif")]
public sealed class GifGrain(GifStore store, GifCreator creator, IEnumerable<IGifFollower> followers, TimeProvider time) : RowGrain(time), IGifGrain
{
    /// <summary>Tellings in a row, when it goes and comes back in the meantime; the sweeper does the rest.</summary>
    private const int Tellings = 3;

    private long? revision;

    /// <summary>Nothing is held of the row, so nothing is read: the next write takes the revision it finds.</summary>
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

    public async Task<Result<Gif>> Get(UserId? caller, ViaLink? via)
    {
        var result = await store.Get(Id, caller, via);
        // Whoever asks for what does not exist shall not fill the memory with it.
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
        // Also when it was deleted before: that call may have died after its commit.
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
