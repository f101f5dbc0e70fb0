using System.Collections.Immutable;
using Orleans.Concurrency;

namespace GifShare.Accounts;

/// <summary>
/// A user: profile, password, sessions, request budgets and idempotency keys. The key is the <see cref="UserId"/>. Only this
/// grain writes the user's rows. Calls with a session expect that the frontend has checked the token's signature.
/// </summary>
[Alias("IUserGrain")]
public interface IUserGrain : IGrainWithGuidKey
{
    /// <summary>
    /// Creates the account under this (fresh) id and opens its first session. The first account of an installation is the administrator.
    /// Errors: invalid_request, username_taken, email_taken, registration_closed, unavailable.
    /// </summary>
    [Alias("Register")]
    Task<Result<SignedIn>> Register(RegisterUser command, ClientInfo client);

    /// <summary>Opens a session. A wrong password and a missing account are the same <c>invalid_credentials</c>, in the same time. Also rate_limited.</summary>
    [Alias("SignIn")]
    Task<Result<SignedIn>> SignIn(string password, ClientInfo client);

    /// <summary>Rotates a refresh token (api.md, sessions/refresh). Errors: unauthenticated.</summary>
    [Alias("Refresh")]
    Task<Result<SignedIn>> Refresh(string refreshToken, ClientInfo client);

    /// <summary>
    /// Once per authenticated request: is the session alive, and does the budget of this kind allow it? Every Write and Upload counts
    /// once, also when it is refused later.
    /// </summary>
    [AlwaysInterleave, Alias("Admit")]
    Task<Admission> Admit(SessionId session, RequestKind kind);

    [Alias("ListSessions")]
    Task<ImmutableArray<Session>> ListSessions(SessionId current);

    /// <summary>Ends one session; its tokens stop working at once. Errors: not_found.</summary>
    [Alias("SignOut")]
    Task<Result> SignOut(SessionId session);

    /// <summary>The whole profile, for the user.</summary>
    [ReadOnly, Alias("GetMe")]
    Task<Result<UserProfile>> GetMe();

    /// <summary>The profile as <paramref name="caller"/> may see it. Errors: not_found.</summary>
    [ReadOnly, Alias("GetProfile")]
    Task<Result<UserProfile>> GetProfile(UserId? caller);

    /// <summary>Errors: invalid_request, invalid_credentials (email with a wrong password), email_taken.</summary>
    [Alias("UpdateProfile")]
    Task<Result<UserProfile>> UpdateProfile(ProfilePatch patch);

    /// <summary>Changes the password and ends every other session. Errors: invalid_request, invalid_credentials.</summary>
    [Alias("ChangePassword")]
    Task<Result> ChangePassword(SessionId current, string oldPassword, string newPassword);

    [Alias("SetAvatar")]
    Task<Result<UserProfile>> SetAvatar(AvatarImage? image);

    /// <summary>Soft delete, undone by <see cref="Restore"/> for 30 days. Errors: invalid_credentials, conflict (last administrator).</summary>
    [Alias("Delete")]
    Task<Result> Delete(string password);

    [Alias("Restore")]
    Task<Result<SignedIn>> Restore(string password, ClientInfo client);

    /// <summary>For the operator at the console: sets a password without the old one and ends all sessions.</summary>
    [Alias("ResetPassword")]
    Task<Result> ResetPassword(string newPassword);

    /// <summary>For the operator at the console: makes the user an administrator.</summary>
    [Alias("Promote")]
    Task<Result> Promote();

    /// <summary>Claims an Idempotency-Key. Keys live 24 hours; a claim without end is free again after a minute.</summary>
    [Alias("BeginIdempotent")]
    Task<IdempotencyStart> BeginIdempotent(IdempotencyTicket ticket);

    /// <summary>
    /// Ends a claim. A refusal (4xx other than 401, 408, 413, 429) is stored with it, since no effect could store it; an effect has stored its own.
    /// </summary>
    [Alias("EndIdempotent")]
    Task EndIdempotent(IdempotencyTicket ticket, ReadOnlyBytes? refusal);
}

/// <summary>Looks accounts up across users. Stateless; holds nothing.</summary>
[Alias("IAccountsGrain")]
public interface IAccountsGrain : IGrainWithIntegerKey
{
    /// <summary>The user with this username or email, deleted ones included (so that restore works), or null.</summary>
    [Alias("FindByLogin")]
    Task<UserId?> FindByLogin(string login);

    /// <summary>The user with this username, or null; deleted ones are not found.</summary>
    [Alias("FindByUsername")]
    Task<UserId?> FindByUsername(string username);

    /// <summary>Spends the time of one password check and always fails, so that a missing account answers like a wrong password.</summary>
    [Alias("RefuseUnknown")]
    Task<Result<SignedIn>> RefuseUnknown(string login, ClientInfo client);

    /// <summary>Makes an invitation code for <c>Registration:Mode=invite</c>; used once, valid 7 days.</summary>
    [Alias("CreateInvite")]
    Task<string> CreateInvite();
}

/// <summary>The rotating keys that access tokens are signed with, and the Data Protection key ring of the frontends.</summary>
[Alias("ISigningKeysGrain")]
public interface ISigningKeysGrain : IGrainWithIntegerKey
{
    /// <summary>The public keys that are still accepted, newest first. Makes the first or the next key when it is due.</summary>
    [Alias("GetPublicKeys")]
    Task<ImmutableArray<SigningKey>> GetPublicKeys();

    [Alias("GetProtectionKeys")]
    Task<ImmutableArray<ProtectionKey>> GetProtectionKeys();

    [Alias("AddProtectionKey")]
    Task AddProtectionKey(ProtectionKey key);
}
