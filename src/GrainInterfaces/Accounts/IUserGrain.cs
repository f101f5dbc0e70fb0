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
    [Alias("Register"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<SignedIn>> Register(RegisterUser command, ClientInfo client);

    /// <summary>
    /// Opens a session; called by <see cref="IAccountsGrain.SignIn"/>, which counts per address. A wrong password and a missing account
    /// (an id without one) are the same <c>invalid_credentials</c>, in the same time. Also rate_limited, unavailable.
    /// </summary>
    [Alias("SignIn"), ResponseTimeout(Patience.ForSlowCalls)]
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

    /// <summary>My live sessions, newest first. Errors: invalid_request (cursor).</summary>
    [ReadOnly, Alias("ListSessions")]
    Task<Result<PageOf<Session>>> ListSessions(SessionId current, string? cursor, int limit);

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
    [Alias("ChangePassword"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result> ChangePassword(SessionId current, string oldPassword, string newPassword);

    [Alias("SetAvatar")]
    Task<Result<UserProfile>> SetAvatar(AvatarImage? image);

    /// <summary>Soft delete, undone by <see cref="Restore"/> for 30 days. Errors: invalid_credentials, conflict (last administrator).</summary>
    [Alias("Delete"), ResponseTimeout("00:05:00")]
    Task<Result> Delete(string password);

    /// <summary>Undoes <see cref="Delete"/> and signs in; called by <see cref="IAccountsGrain.Restore"/>.</summary>
    [Alias("Restore"), ResponseTimeout("00:05:00")]
    Task<Result<SignedIn>> Restore(string password, ClientInfo client);

    /// <summary>For the operator at the console: sets a password without the old one and ends all sessions.</summary>
    [Alias("ResetPassword"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result> ResetPassword(string newPassword);

    /// <summary>For the operator at the console: makes the user an administrator.</summary>
    [Alias("Promote")]
    Task<Result> Promote();

    /// <summary>
    /// Tells collections and favourites again about a <see cref="Delete"/> or <see cref="Restore"/> whose telling was cut short.
    /// Repeatable; called by the sweeper.
    /// </summary>
    [Alias("FinishFanOut"), ResponseTimeout("00:05:00")]
    Task FinishFanOut();

    /// <summary>Claims an Idempotency-Key. Keys live 24 hours; a claim without end is free again after a minute.</summary>
    [Alias("BeginIdempotent"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<IdempotencyStart> BeginIdempotent(IdempotencyTicket ticket);

    /// <summary>
    /// Ends a claim. A refusal (4xx other than 401, 408, 413, 429) is stored with it, since no effect could store it; an effect has stored its own.
    /// </summary>
    [Alias("EndIdempotent")]
    Task EndIdempotent(IdempotencyTicket ticket, ReadOnlyBytes? refusal);
}

/// <summary>Signing in and looking accounts up, across users. Stateless; per address it counts wrong passwords, per silo.</summary>
[Alias("IAccountsGrain")]
public interface IAccountsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Opens a session by username or email. A missing account takes the same way as a wrong password: same answer, same work, same
    /// counting. Errors: invalid_credentials, rate_limited, unavailable.
    /// </summary>
    [Alias("SignIn"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<SignedIn>> SignIn(string login, string password, ClientInfo client);

    /// <summary>As <see cref="SignIn"/>, and a deleted account comes back, within 30 days. One that is not deleted is signed in.</summary>
    [Alias("Restore"), ResponseTimeout("00:05:00")]
    Task<Result<SignedIn>> Restore(string login, string password, ClientInfo client);

    /// <summary>The user with this username, or null; deleted ones are not found.</summary>
    [Alias("FindByUsername")]
    Task<UserId?> FindByUsername(string username);

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
