using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>Edits an account: password, role, deletion and restore.</summary>
internal sealed class AccountEditor(UserStore store, PasswordGuard guard, PasswordHashing hashing, TimeProvider time, ILogger<AccountEditor> log)
{
    /// <summary>Errors: not_found, invalid_request, invalid_credentials, rate_limited, unavailable.</summary>
    public async Task<Result> ChangePassword(UserMemory memory, SessionId current, string oldPassword, string newPassword)
    {
        if (memory.LiveUser is not { } user)
            return Error.NotFound;
        if (RefusalOf(user, newPassword) is { } weak)
            return Error.Invalid("new", weak);
        if (await guard.CheckOwn(memory, current, oldPassword) is { } refusal)
            return refusal;
        if (await SetPassword(memory, user, newPassword, current) is { } error)
            return error;
        log.PasswordChanged(memory.Id);
        return Result.Ok;
    }

    /// <summary>Errors: not_found, invalid_request, unavailable.</summary>
    public async Task<Result> ResetPassword(UserMemory memory, string newPassword)
    {
        if (memory.LiveUser is not { } user)
            return Error.NotFound;
        if (RefusalOf(user, newPassword) is { } weak)
            return Error.Invalid("password", weak);
        if (await SetPassword(memory, user, newPassword, kept: null) is { } error)
            return error;
        log.PasswordReset(memory.Id);
        return Result.Ok;
    }

    /// <summary>
    /// Soft-deletes the account; the caller must then notify its followers. Errors: not_found, invalid_credentials, rate_limited, conflict (last
    /// administrator), unavailable.
    /// </summary>
    public async Task<Result> Delete(UserMemory memory, string password, SessionId current)
    {
        if (memory.LiveUser is not { } user)
            return Error.NotFound;
        if (await guard.CheckOwn(memory, current, password) is { } refusal)
            return refusal;
        var now = time.Now();
        if (!await store.Delete(user, now, memory.Revision))
            return Error.Conflict("You are the last administrator; make another person an administrator first.");
        memory.SessionsEnded(memory.User! with { DeletedAt = now, FanOutDue = true }, kept: null);
        log.Deleted(memory.Id);
        return Result.Ok;
    }

    /// <summary>
    /// Restores the account if it is deleted; the caller must then notify its followers. Errors: invalid_credentials (after 30 days).
    /// </summary>
    public async Task<Result> Restore(UserMemory memory)
    {
        if (memory.User is not { } user || user.DeletedAt + AccountsOptions.UndoWindow <= time.GetUtcNow())
            return PasswordGuard.InvalidCredentials;
        if (user.DeletedAt is null)
            return Result.Ok;
        await store.Restore(memory.Id, memory.Revision);
        memory.Edited(user with { DeletedAt = null, FanOutDue = true });
        log.Restored(memory.Id);
        return Result.Ok;
    }

    /// <summary>Records that all followers were notified.</summary>
    /// <param name="toldOf">The revision they were notified of; the write fails as overtaken when the row has another one.</param>
    public async Task EndFanOut(UserMemory memory, long toldOf)
    {
        await store.FanOutDone(memory.Id, toldOf);
        memory.Edited(memory.User! with { FanOutDue = false });
    }

    /// <summary>Errors: not_found.</summary>
    public async Task<Result> Promote(UserMemory memory)
    {
        if (memory.LiveUser is null)
            return Error.NotFound;
        await store.Promote(memory.Id, memory.Revision);
        memory.Edited(memory.User! with { Role = User.AdminRole });
        log.Promoted(memory.Id);
        return Result.Ok;
    }

    private static string? RefusalOf(User user, string password) => Passwords.Refusal(password, user.Username, user.Email, user.FirstName, user.LastName);

    private async Task<Error?> SetPassword(UserMemory memory, User user, string password, SessionId? kept)
    {
        if (await hashing.Hash(Passwords.Normalize(password)!) is not { } hash)
            return PasswordHashing.Busy;
        await store.SetPassword(user.Id, hash, kept, memory.Revision);
        memory.SessionsEnded(memory.User! with { PasswordHash = hash }, kept);
        return null;
    }
}
