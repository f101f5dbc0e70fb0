using System.Collections.Immutable;
using Orleans.Concurrency;

namespace GifShare.Accounts;

/// <summary>
/// A user: profile, password, sessions, request budgets and idempotency keys. The key is the <see cref="UserId"/>. Only this
/// grain writes the user's rows. Methods that take a session rely on the frontend to have verified the token's signature.
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
    /// Opens a session; called by <see cref="IAccountsGrain.SignIn"/>. A wrong password and a missing account (an id without one) get the same
    /// <c>invalid_credentials</c>, in the same time. Wrong passwords are counted by the name that was typed and by address. From an address where
    /// the account was signed in to within 30 days (the latest 20 addresses), a right password is accepted also above the limit.
    /// Errors: invalid_credentials, rate_limited, unavailable.
    /// </summary>
    /// <param name="name">The name as it was typed, normalised.</param>
    /// <param name="waitSeconds">Above 0: the address has failed too often over all names and is refused for so long, unless the account knows it.</param>
    [AlwaysInterleave, Alias("SignIn"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<SignedIn>> SignIn(string password, ClientInfo client, string? name = null, int waitSeconds = 0);

    /// <summary>
    /// The second half of <see cref="SignIn"/> and <see cref="Restore"/>, called by them as a call of its own: the password was right; the session is
    /// opened if it is still the account's.
    /// </summary>
    /// <param name="proof">SHA-256 of the stored hash that the password was checked against.</param>
    [Alias("OpenSession"), ResponseTimeout("00:05:00")]
    Task<Result<SignedIn>> OpenSession(ReadOnlyBytes proof, ClientInfo client, bool comesBack);

    /// <summary>Reads the rows again if the outcome of the last write is unknown. Called by methods that interleave and so cannot reload themselves.</summary>
    [Alias("Reload")]
    Task Reload();

    /// <summary>
    /// Exchanges a refresh token for its successor. Repeated within 30 s, it gets the same successor; a used token that comes later ends the session.
    /// Errors: unauthenticated.
    /// </summary>
    [Alias("Refresh")]
    Task<Result<SignedIn>> Refresh(string refreshToken, ClientInfo client);

    /// <summary>
    /// Asked once per authenticated request: whether the session is alive and whether the user's budget for this kind of request is left (api.md,
    /// Rates). Every Write and Upload counts once, also when the request is refused later.
    /// </summary>
    [AlwaysInterleave, Alias("Admit")]
    Task<Admission> Admit(SessionId session, RequestKind kind);

    /// <summary>
    /// Takes rows from the account's quota, before they are added. Errors: quota_exceeded (together with the trash an account may have twice the
    /// quota); rate_limited where one request adds several items (a copy, a batch, an import).
    /// </summary>
    [AlwaysInterleave, Alias("TakeRows")]
    Task<Result> TakeRows(RowCounts rows, bool isBatch);

    /// <summary>The rows of the account and their limits, without those in the trash.</summary>
    [AlwaysInterleave, Alias("GetQuota")]
    Task<RowQuota> GetQuota();

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

    /// <summary>
    /// Errors: invalid_request, email_taken; a new email with a wrong password: invalid_credentials, and rate_limited when the session
    /// <paramref name="current"/> had too many. version_mismatch when <paramref name="expected"/> does not match; nothing is changed then.
    /// </summary>
    /// <param name="patch">The members to change.</param>
    /// <param name="current">The caller's session.</param>
    /// <param name="expected">The members' values that the edit is based on, compared in the write itself; null: any.</param>
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
    /// Notifies collections and favourites of a <see cref="Delete"/> or <see cref="Restore"/> again, when a crash cut that short.
    /// Repeatable; called by the sweeper.
    /// </summary>
    [Alias("FinishFanOut"), ResponseTimeout("00:05:00")]
    Task FinishFanOut();

    /// <summary>The stored answer of this Idempotency-Key; keys live 24 hours. Interleaves, since it reads nothing of the account.</summary>
    [AlwaysInterleave, Alias("FindAnswer")]
    Task<IdempotencyAnswer> FindAnswer(IdempotencyTicket ticket);
}

/// <summary>Signing in and finding accounts. Stateless but for one count: wrong passwords by address over all names, on each silo.</summary>
[Alias("IAccountsGrain")]
public interface IAccountsGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Opens a session by username or email. A missing account is handled as a wrong password is: same answer, same work, same counting.
    /// Errors: invalid_credentials, rate_limited, unavailable.
    /// </summary>
    [AlwaysInterleave, Alias("SignIn"), ResponseTimeout(Patience.ForSlowCalls)]
    Task<Result<SignedIn>> SignIn(string login, string password, ClientInfo client);

    /// <summary>As <see cref="SignIn"/>; an account that was deleted within 30 days is restored first.</summary>
    [AlwaysInterleave, Alias("Restore"), ResponseTimeout("00:05:00")]
    Task<Result<SignedIn>> Restore(string login, string password, ClientInfo client);

    /// <summary>The user with this username, or null; deleted ones are not found.</summary>
    [Alias("FindByUsername")]
    Task<UserId?> FindByUsername(string username);

    /// <summary>Makes an invitation code for <c>Registration:Mode=invite</c>; used once, valid 7 days.</summary>
    [Alias("CreateInvite")]
    Task<string> CreateInvite();
}

/// <summary>The rotating keys by which access tokens are signed, and the Data Protection key ring of the frontends.</summary>
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
