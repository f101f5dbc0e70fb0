using GifShare.Accounts;
using GifShare.Grains.Objects;
using GifShare.ObjectStore;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>Sets, replaces and clears the avatar, and purges the previous file.</summary>
internal sealed class AvatarEditor(ProfileStore store, ObjectKeeper keeper, UserProfiles profiles, ILogger<AvatarEditor> log)
{
    /// <param name="image">Staged by the frontend; null clears the avatar.</param>
    public async Task<Result<UserProfile>> Set(UserMemory memory, AvatarImage? image)
    {
        if (memory.LiveUser is not { } user)
            return Error.NotFound;
        if (image is null)
            await store.ClearAvatar(memory.Id, memory.Revision);
        else
            await Store(memory, image);
        memory.Edited(memory.User! with { AvatarKey = image?.ObjectKey });
        if (user.AvatarKey != image?.ObjectKey && ObjectKey.TryParse(user.AvatarKey, out var old))
            await Purge(old);
        return await profiles.ForSelf(memory);
    }

    private async Task Store(UserMemory memory, AvatarImage image)
    {
        var key = ObjectKey.TryParse(image.ObjectKey, out var given) ? given : throw new ArgumentException("The frontend sent no object key.", nameof(image));
        var pending = await keeper.Store(new(image.StagedObject, key.Sha256, image.Size), key);
        try
        {
            await store.SetAvatar(memory.Id, pending, memory.Revision);
        }
        catch
        {
            // If the outcome is unknown and the row was written, the row refers to the file, and Drop keeps it.
            await keeper.Drop(pending);
            throw;
        }
    }

    private async Task Purge(ObjectKey key)
    {
        try
        {
            await keeper.Purge(key, static _ => Task.FromResult(0), CancellationToken.None);
        }
        catch (Exception e) when (e is StoreUnavailableException or ObjectStoreUnavailableException)
        {
            log.AvatarNotDropped(e.Message);
        }
    }
}
