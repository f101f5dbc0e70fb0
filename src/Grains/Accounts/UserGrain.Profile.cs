using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>Profile, password and avatar.</summary>
public sealed partial class UserGrain
{
    public async Task<Result<UserProfile>> GetMe()
    {
        await RefreshIfPossible();
        return user is { DeletedAt: null } ? tools.Profiles.ForSelf(user, await ReadStorageUsed()) : Error.NotFound;
    }

    public async Task<Result<UserProfile>> GetProfile(UserId? caller)
    {
        await RefreshIfPossible();
        return user is { DeletedAt: null } ? tools.Profiles.ForOther(user, caller) : Error.NotFound;
    }

    public async Task<Result<UserProfile>> UpdateProfile(ProfilePatch patch)
    {
        await Refresh();
        if (user is not { DeletedAt: null })
            return Error.NotFound;
        var fields = new Fields();
        var patched = user.Patched(patch, fields, tools.Time.GetUtcNow());
        if (!fields.AreValid)
            return fields.Error;
        if (patch.Email.IsSet && await CheckPassword(patch.Password!) is { } refusal)
            return refusal;
        if ((await Write(known => tools.Store.UpdateProfile(patched, known), isKept: static result => result.Error is null)).Error is { } error)
            return error;
        user = patched with { LastActiveAt = user.LastActiveAt };
        return tools.Profiles.ForSelf(user, await ReadStorageUsed());
    }

    public async Task<Result> ChangePassword(SessionId current, string oldPassword, string newPassword)
    {
        await Refresh();
        if (user is not { DeletedAt: null })
            return Error.NotFound;
        if (RefusalOf(newPassword) is { } weak)
            return Error.Invalid("new", weak);
        if (await CheckPassword(oldPassword) is { } refusal)
            return refusal;
        if (await SetPassword(newPassword, current) is { } error)
            return error;
        log.PasswordChanged(id);
        return Result.Ok;
    }

    public async Task<Result> ResetPassword(string newPassword)
    {
        await Refresh();
        if (user is not { DeletedAt: null })
            return Error.NotFound;
        if (RefusalOf(newPassword) is { } weak)
            return Error.Invalid("password", weak);
        if (await SetPassword(newPassword, kept: null) is { } error)
            return error;
        log.PasswordReset(id);
        return Result.Ok;
    }

    public async Task<Result<UserProfile>> SetAvatar(AvatarImage? image)
    {
        await Refresh();
        if (user is not { DeletedAt: null })
            return Error.NotFound;
        var old = user.AvatarKey;
        if (image is null)
            await Write(known => tools.Store.ClearAvatar(id, known));
        else if (!await SetAvatarTo(image))
            return new Error(ErrorCode.Unavailable, "The image did not arrive whole; send it again.", RetryAfterSeconds: 1);
        user = user with { AvatarKey = image?.ObjectKey };
        if (old is not null && old != user.AvatarKey)
            await DropAvatar(old);
        return tools.Profiles.ForSelf(user, await ReadStorageUsed());
    }

    private async Task<bool> SetAvatarTo(AvatarImage image)
    {
        try
        {
            return await Write(known => tools.Store.SetAvatar(id, image, tools.Objects, known));
        }
        catch (StoreUnavailableException e) when (e.IsOvertaken)
        {
            // The image was committed before its row was refused.
            await DropAvatar(image.ObjectKey);
            throw;
        }
    }

    private string? RefusalOf(string password) =>
        Passwords.Refusal(password, user!.Username, user.Email, user.FirstName, user.LastName);

    private async Task<Error?> SetPassword(string password, SessionId? kept)
    {
        if (await tools.Hashing.Hash(Passwords.Normalize(password)!) is not { } hash)
            return PasswordHashing.Busy;
        await Write(known => tools.Store.SetPassword(id, hash, kept, known));
        user = user! with { PasswordHash = hash };
        foreach (var session in sessions.Keys)
            if (session != kept)
                Forget(session);
        return null;
    }

    private async Task DropAvatar(string objectKey)
    {
        try
        {
            await tools.Store.DropObject(objectKey, tools.Objects);
        }
        catch (Exception e) when (e is StoreUnavailableException or ObjectStore.ObjectStoreUnavailableException)
        {
            log.AvatarNotDropped(e.Message);
        }
    }

    /// <summary>Gif grains change it, so it is read each time; what was read last serves while the database is away.</summary>
    private async Task<long> ReadStorageUsed()
    {
        try
        {
            return storageUsed = await tools.Store.StorageUsed(id);
        }
        catch (StoreUnavailableException)
        {
            return storageUsed;
        }
    }
}
