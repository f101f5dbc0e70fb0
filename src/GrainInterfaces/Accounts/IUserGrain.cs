using System.Collections.Immutable;
using Orleans.Concurrency;

namespace GifShare.Accounts;

/// <summary>
/// A user: profile, password, sessions, rate limits and idempotency keys. The key is the <see cref="UserId"/>. Only this
/// grain writes the user's rows. Methods that take a session trust the frontend to have verified the token's signature.
/// </summary>
[Alias("IUserGrain")]
public interface IUserGrain : IGrainWithGuidKey
{
    /// <summary>
    /// Creates the account under this new id and opens its first session. The first account of an installation becomes administrator.
    /// Errors: invalid_request, username_taken, email_taken, registration_closed, unavailable.
    /// </summary>
    [Alias("Register"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<SignedIn>> Register(RegisterUser command, ClientInfo client);

    /// <summary>
    /// Opens a session; called by <see cref="IAccountsGrain.SignIn"/>. A wrong password and a missing account (an id without one) get the same
    /// <c>invalid_credentials</c>, in the same time. Wrong passwords are limited per name as typed and per address. From an address with a
    /// sign-in to the account within 30 days (the latest 20 addresses), a right password is accepted even above the limit.
    /// Errors: invalid_credentials, rate_limited, unavailable.
    /// </summary>
    /// <param name="name">The name as typed, normalized.</param>
    /// <param name="waitSeconds">Above 0: the address has failed too often over all names and is refused for this long, unless it is known.</param>
    [AlwaysInterleave, Alias("SignIn"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<SignedIn>> SignIn(string password, ClientInfo client, string? name = null, int waitSeconds = 0);

    /// <summary>
    /// The second half of <see cref="SignIn"/> and <see cref="Restore"/>, a call of its own that does not interleave: opens the session if the
    /// verified password is still the account's.
    /// </summary>
    /// <param name="proof">SHA-256 of the stored hash that the password was verified against.</param>
    [Alias("OpenSession"), ResponseTimeout("00:05:00")]
    Task<Result<SignedIn>> OpenSession(ReadOnlyBytes proof, ClientInfo client, bool comesBack);

    /// <summary>Reloads the rows if the outcome of the last write is unknown. For interleaving methods, which cannot reload themselves.</summary>
    [Alias("Reload")]
    Task Reload();

    /// <summary>
    /// Rotates a refresh token. A retry within 30 s gets the same successor; later reuse of a used token ends the session.
    /// Errors: unauthenticated.
    /// </summary>
    [Alias("Refresh")]
    Task<Result<SignedIn>> Refresh(string refreshToken, ClientInfo client);

    /// <summary>
    /// Admits an authenticated request, once each: whether the session is live and whether the user's rate limit for this kind of request allows it
    /// (api.md, Rates). Every Write and Upload counts once, also if the request is refused later.
    /// </summary>
    [AlwaysInterleave, Alias("Admit")]
    Task<Admission> Admit(SessionId session, RequestKind kind);

    /// <summary>
    /// Takes rows from the account's quota before they are added. Errors: quota_exceeded (including the trash, an account may have twice the
    /// quota); rate_limited for requests that add several items (a copy, a batch, an import).
    /// </summary>
    [AlwaysInterleave, Alias("TakeRows")]
    Task<Result> TakeRows(RowCounts rows, bool isBatch);

    /// <summary>The account's rows, without those in the trash, and their limits.</summary>
    [AlwaysInterleave, Alias("GetQuota")]
    Task<RowQuota> GetQuota();

    /// <summary>The user's live sessions, newest first. Errors: invalid_request (cursor).</summary>
    [ReadOnly, Alias("ListSessions")]
    Task<Result<PageOf<Session>>> ListSessions(SessionId current, string? cursor, int limit);

    /// <summary>Ends one session; its tokens are invalid at once. Errors: not_found.</summary>
    [Alias("SignOut")]
    Task<Result> SignOut(SessionId session);

    /// <summary>The complete profile, for the user.</summary>
    [ReadOnly, Alias("GetMe")]
    Task<Result<UserProfile>> GetMe();

    /// <summary>The profile as <paramref name="caller"/> may see it. Errors: not_found.</summary>
    [ReadOnly, Alias("GetProfile")]
    Task<Result<UserProfile>> GetProfile(UserId? caller);

    /// <summary>
    /// Errors: invalid_request, email_taken; for a new email with a wrong password invalid_credentials, or rate_limited when the session
    /// <paramref name="current"/> had too many; version_mismatch, without a change, when <paramref name="expected"/> differs.
    /// </summary>
    /// <param name="patch">The members to change.</param>
    /// <param name="current">The caller's session.</param>
    /// <param name="expected">Compare-and-set: member values that the edit is based on, compared in the write itself; null: any.</param>
    [Alias("UpdateProfile")]
    Task<Result<UserProfile>> UpdateProfile(ProfilePatch patch, SessionId current = default, ProfilePatch? expected = null);

    /// <summary>Changes the password and ends every other session. Errors: invalid_request, invalid_credentials, rate_limited (per session).</summary>
    [Alias("ChangePassword"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result> ChangePassword(SessionId current, string oldPassword, string newPassword);

    [Alias("SetAvatar")]
    Task<Result<UserProfile>> SetAvatar(AvatarImage? image);

    /// <summary>
    /// Soft delete, undone by <see cref="Restore"/> for 30 days. Errors: invalid_credentials, rate_limited (per session), conflict (last administrator).
    /// </summary>
    [Alias("Delete"), ResponseTimeout("00:05:00")]
    Task<Result> Delete(string password, SessionId current = default);

    /// <summary>Undoes <see cref="Delete"/> and signs in, as <see cref="SignIn"/>; called by <see cref="IAccountsGrain.Restore"/>.</summary>
    [AlwaysInterleave, Alias("Restore"), ResponseTimeout("00:05:00")]
    Task<Result<SignedIn>> Restore(string password, ClientInfo client, string? name = null, int waitSeconds = 0);

    /// <summary>For the operator at the console: sets a password without the old one and ends all sessions.</summary>
    [Alias("ResetPassword"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result> ResetPassword(string newPassword);

    /// <summary>For the operator at the console: makes the user an administrator.</summary>
    [Alias("Promote")]
    Task<Result> Promote();

    /// <summary>
    /// Completes the notification of collections and favourites of a <see cref="Delete"/> or <see cref="Restore"/> that a crash interrupted.
    /// Idempotent; called by the sweeper.
    /// </summary>
    [Alias("FinishFanOut"), ResponseTimeout("00:05:00")]
    Task FinishFanOut();

    /// <summary>The stored answer of this Idempotency-Key; keys expire after 24 hours. Interleaves, since it reads no state of the account.</summary>
    [AlwaysInterleave, Alias("FindAnswer")]
    Task<IdempotencyAnswer> FindAnswer(IdempotencyTicket ticket);
}

/// <summary>Sign-in and look-up of accounts. Stateless except for counts of wrong passwords per address over all names, on each silo.</summary>
[Alias("IAccountsGrain")]
public interface IAccountsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Opens a session by username or email. A missing account is treated like a wrong password: same answer, same work, same limits.
    /// Errors: invalid_credentials, rate_limited, unavailable.
    /// </summary>
    [AlwaysInterleave, Alias("SignIn"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<SignedIn>> SignIn(string login, string password, ClientInfo client);

    /// <summary>As <see cref="SignIn"/>; an account deleted within 30 days is restored first.</summary>
    [AlwaysInterleave, Alias("Restore"), ResponseTimeout("00:05:00")]
    Task<Result<SignedIn>> Restore(string login, string password, ClientInfo client);

    /// <summary>The user with this username, or null; deleted accounts are not found.</summary>
    [Alias("FindByUsername")]
    Task<UserId?> FindByUsername(string username);

    /// <summary>Creates an invitation code for <c>Registration:Mode=invite</c>; valid once, for 7 days.</summary>
    [Alias("CreateInvite")]
    Task<string> CreateInvite();
}

/// <summary>The rotating signing keys of access tokens, and the Data Protection key ring of the frontends.</summary>
[Alias("ISigningKeysGrain")]
public interface ISigningKeysGrain : IGrainWithIntegerKey
{
    /// <summary>The public keys that are accepted, newest first. Creates the first or the next key when it is due.</summary>
    [Alias("GetPublicKeys")]
    Task<ImmutableArray<SigningKey>> GetPublicKeys();

    [Alias("GetProtectionKeys")]
    Task<ImmutableArray<ProtectionKey>> GetProtectionKeys();

    [Alias("AddProtectionKey")]
    Task AddProtectionKey(ProtectionKey key);
}
