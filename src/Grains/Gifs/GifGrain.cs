using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Gifs;

/// <summary>
/// The one writer of a gif's row. It holds nothing but the revision that it has written last: who may see a gif depends on rows of many
/// collections, so a read is one statement anyway, and hot gifs are read through the finished pages of collections.
/// </summary>
[GrainType("gif")]
public sealed class GifGrain(GifStore store, IObjectStore objects, ILogger<GifGrain> log) : Grain, IGifGrain
{
    /// <summary>Grains told at a time about a gif that goes or comes back.</summary>
    private const int FanOut = 64;

    /// <summary>Tellings in a row, when it goes and comes back in the meantime; the sweeper does the rest.</summary>
    private const int Tellings = 3;

    private long? revision;

    private GifId Id => new(this.GetPrimaryKey());

    public async Task<Result<Made<Gif>>> CreateLinked(UserId owner, NewLinkedGif command, IdempotencyTicket? ticket) =>
        GifRules.Check(command).Succeeded(out var link, out var error) ? await store.CreateLinked(Id, owner, link, ticket) : error;

    public async Task<Result<Made<Gif>>> CreateUploaded(UserId owner, NewUploadedGif command, IdempotencyTicket? ticket)
    {
        var isKept = false;
        try
        {
            if (!GifRules.Check(command).Succeeded(out var texts, out var error))
                return error;
            var result = await store.CreateUploaded(Id, owner, command, texts, ticket);
            isKept = result.Value is { IsNew: true };
            return result;
        }
        finally
        {
            if (!isKept)
                await Discard(command);
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

    public async Task<Result<Gif>> Update(UserId caller, GifPatch patch)
    {
        if (!GifRules.Check(patch).Succeeded(out var checkedPatch, out var error))
            return error;
        var (result, written) = await Write(store.Update(Id, caller, checkedPatch, revision));
        revision = written ?? revision;
        return result;
    }

    public async Task<Result> Delete(UserId caller)
    {
        var (refusal, isGone, written) = await Write(store.Delete(Id, caller, revision));
        revision = written ?? revision;
        // Also when it was deleted before: that call may have died after its commit.
        if (isGone)
            await FinishTelling();
        return new(refusal);
    }

    public async Task<Result<Gif>> Restore(UserId caller, IdempotencyTicket? ticket)
    {
        var (result, written) = await Write(store.Restore(Id, caller, ticket, revision));
        revision = written ?? revision;
        if (result.Error is null)
            await FinishTelling();
        return result;
    }

    public async Task FinishTelling()
    {
        for (var telling = 0; telling < Tellings && await store.HoldersToTell(Id) is { } due; telling++)
        {
            foreach (var batch in due.Collections.Chunk(FanOut))
                await Task.WhenAll(batch.Select(collection => GrainFactory.Collection(collection).GifsChanged([Id])));
            foreach (var batch in due.Favorites.Chunk(FanOut))
                await Task.WhenAll(batch.Select(user => GrainFactory.Favorites(user).GifsChanged()));
            revision = await Write(store.Told(Id, due.Revision)) ? due.Revision + 1 : null;
        }
    }

    /// <summary>After a failed write nobody knows what is committed, or another activation has written: the row tells the next write.</summary>
    private async Task<T> Write<T>(Task<T> write)
    {
        try
        {
            return await write;
        }
        catch
        {
            revision = null;
            throw;
        }
    }

    private async Task Discard(NewUploadedGif command)
    {
        try
        {
            if (ObjectKey.TryParse(command.ObjectKey, out var key))
                await objects.DiscardAsync(new(command.StagedObject, key.Sha256, command.Size), CancellationToken.None);
        }
        catch (ObjectStoreUnavailableException e)
        {
            // The sweeper takes it by age.
            log.StagedBytesLeft(Id, e.Message);
        }
    }
}
