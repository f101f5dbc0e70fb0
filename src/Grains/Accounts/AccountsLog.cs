using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>Log messages of accounts. They identify users by id and never contain a password, token, email or address.</summary>
internal static partial class AccountsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "User {User} registered, role {Role}")]
    public static partial void Registered(this ILogger log, UserId user, string role);

    [LoggerMessage(Level = LogLevel.Information, Message = "User {User} changed the password; the other sessions were ended")]
    public static partial void PasswordChanged(this ILogger log, UserId user);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The operator reset the password of user {User}; all sessions were ended")]
    public static partial void PasswordReset(this ILogger log, UserId user);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The operator made user {User} an administrator")]
    public static partial void Promoted(this ILogger log, UserId user);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A refresh token of session {Session} of user {User} was used again after its successor was used; the session was ended")]
    public static partial void FamilyEnded(this ILogger log, SessionId session, UserId user);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Refused a password attempt for account {User}: too many wrong passwords")]
    public static partial void Refused(this ILogger log, UserId user);

    [LoggerMessage(Level = LogLevel.Information, Message = "User {User} deleted the account")]
    public static partial void Deleted(this ILogger log, UserId user);

    [LoggerMessage(Level = LogLevel.Information, Message = "User {User} restored the account")]
    public static partial void Restored(this ILogger log, UserId user);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The file of a replaced avatar could not be deleted; the sweeper deletes it later: {Cause}")]
    public static partial void AvatarNotDropped(this ILogger log, string cause);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The times of last use of sessions could not be written: {Cause}")]
    public static partial void SessionUseLost(this ILogger log, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Swept {Accounts} deleted accounts, {Sessions} sessions and {Keys} idempotency keys")]
    public static partial void Swept(this ILogger log, int accounts, int sessions, int keys);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Notifying collections and favourites of the deletion or restore of user {User} failed; the next sweep retries: {Cause}")]
    public static partial void FanOutPostponed(this ILogger log, UserId user, string cause);
}
