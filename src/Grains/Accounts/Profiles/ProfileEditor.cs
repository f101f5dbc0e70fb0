using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>Edits the fields of a profile.</summary>
internal sealed class ProfileEditor(ProfileStore store, UserProfiles profiles, PasswordGuard guard, TimeProvider time)
{
    /// <inheritdoc cref="IUserGrain.UpdateProfile"/>
    public async Task<Result<UserProfile>> Update(UserMemory memory, ProfilePatch patch, SessionId current, ProfilePatch? expected)
    {
        if (memory.LiveUser is not { } user)
            return Error.NotFound;
        if (expected is not null && !user.Holds(expected))
            return Error.VersionMismatch;
        var fields = new RequestValidator();
        var patched = user.Patched(patch, fields, time.GetUtcNow());
        if (!fields.AreValid)
            return fields.Error;
        if (patch.Email.IsSet && await guard.CheckOwn(memory, current, patch.Password!) is { } refusal)
            return refusal;
        if ((await store.Update(patched, memory.Revision)).Error is { } error)
            return error;
        memory.Edited(patched with { LastActiveAt = memory.User!.LastActiveAt });
        return await profiles.ForSelf(memory);
    }
}
