using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Gifs;

/// <summary>
/// The one writer of a gif's row. It holds nothing: who may see a gif depends on rows of many collections, so a read is one
/// statement anyway, and hot gifs are read through the finished pages of collections.
/// </summary>
[GrainType("gif")]
public sealed class GifGrain(GifStore store, IObjectStore objects, ILogger<GifGrain> log) : Grain, IGifGrain
{
    /// <summary>Grains told at a time about a gif that goes or comes back.</summary>
    private const int FanOut = 64;

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

    public async Task<Result<Gif>> Update(UserId caller, GifPatch patch) =>
        GifRules.Check(patch).Succeeded(out var checkedPatch, out var error) ? await store.Update(Id, caller, checkedPatch) : error;

    public async Task<Result> Delete(UserId caller)
    {
        var (refusal, isGone) = await store.Delete(Id, caller);
        // Also when it was deleted before: that call may have died after its commit.
        if (isGone)
            await FinishTelling();
        return new(refusal);
    }

    public async Task<Result<Gif>> Restore(UserId caller, IdempotencyTicket? ticket)
    {
        var result = await store.Restore(Id, caller, ticket);
        if (result.Error is null)
            await FinishTelling();
        return result;
    }

    public async Task FinishTelling()
    {
        if (await store.HoldersToTell(Id) is not var (collections, favorites))
            return;
        foreach (var batch in collections.Chunk(FanOut))
            await Task.WhenAll(batch.Select(collection => GrainFactory.Collection(collection).GifsChanged([Id])));
        foreach (var batch in favorites.Chunk(FanOut))
            await Task.WhenAll(batch.Select(user => GrainFactory.Favorites(user).GifsChanged()));
        await store.Told(Id);
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
