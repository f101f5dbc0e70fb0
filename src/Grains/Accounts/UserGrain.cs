using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Grain of one user (contract: <see cref="IUserGrain"/>): decides which calls are edits and which reads, and notifies followers. The rules are in
/// the classes beside it, which work on this activation's <see cref="UserMemory"/>. Requests are admitted from memory, so reads continue while
/// the database is down. An id without an account has a grain too, so that an unknown login is handled like a wrong password.
/// </summary>
[GrainType("user")]
internal sealed class UserGrain(UserStore rows, UserEdits edits, UserReads reads, IEnumerable<IAccountFollower> followers, TimeProvider time) : RowGrain(time), IUserGrain
{
    private UserMemory memory = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        memory = new(new(this.GetPrimaryKey()));
        return base.OnActivateAsync(cancellationToken);
    }

    protected override async Task Load() => memory.Loaded(await rows.Load(memory.Id, Time.GetUtcNow()));

    public Task Reload() => Fresh();

    public async Task<Result<SignedIn>> Register(RegisterUser command, ClientInfo client)
    {
        var result = await Edit(() => edits.Registration.Register(memory, command, client));
        if (result.Error is not null && memory.User is null)
        {
            // The outcome may be unknown or the account exist: the next call reloads.
            MarkUncertain();
            DeactivateOnIdle();
        }

        return result;
    }

    public Task<Result<SignedIn>> SignIn(string password, ClientInfo client, string? name, int waitSeconds) =>
        Enter(password, client, name, waitSeconds, comesBack: false);

    public Task<Result<SignedIn>> Restore(string password, ClientInfo client, string? name, int waitSeconds) =>
        Enter(password, client, name, waitSeconds, comesBack: true);

    /// <summary>
    /// Signs in. The password is checked in an interleaving call: guesses do not delay the owner's calls, and their duration does not reveal
    /// guesses at another name of the same account. Only a right password takes a turn of the grain.
    /// </summary>
    private async Task<Result<SignedIn>> Enter(string password, ClientInfo client, string? name, int waitSeconds, bool comesBack)
    {
        var self = GrainFactory.User(memory.Id);
        if (IsUncertain)
            await self.Reload();
        var guess = await edits.Passwords.CheckGuess(memory, password, name ?? "", client.Address, waitSeconds);
        return guess.Proof is { } proof ? await self.OpenSession(new(proof), client, comesBack) : guess.Error!;
    }

    public async Task<Result<SignedIn>> OpenSession(ReadOnlyBytes proof, ClientInfo client, bool comesBack)
    {
        await Fresh();
        if (!PasswordGuard.IsProof(memory, proof.Bytes.Span))
            return PasswordGuard.InvalidCredentials;
        if (comesBack)
        {
            if ((await Edit(() => edits.Account.Restore(memory))).Error is { } tooLate)
                return tooLate;
            await FinishFanOut();
        }

        return await Edit(() => edits.Sessions.Add(memory, client));
    }

    public async Task<Result<SignedIn>> Refresh(string refreshToken, ClientInfo client)
    {
        var result = await Edit(() => edits.Sessions.Refresh(memory, refreshToken));
        // A forged token may name any user id: keep no activation without an account.
        if (memory.User is null)
            DeactivateOnIdle();
        return result;
    }

    public Task<Admission> Admit(SessionId session, RequestKind kind)
    {
        var admission = reads.Admissions.Admit(memory, session, kind);
        if (kind == RequestKind.Upload && admission.SessionAlive)
            // The upload limit is in memory, and its window exceeds the idle time of activations.
            DelayDeactivation(RequestBudgets.UploadWindow);
        return Task.FromResult(admission);
    }

    public Task<Result> TakeRows(RowCounts rows, bool isBatch) => reads.Quotas.Take(memory, rows, isBatch);

    public Task<RowQuota> GetQuota() => reads.Quotas.Get(memory);

    public async Task<Result<PageOf<Session>>> ListSessions(SessionId current, string? cursor, int limit)
    {
        await FreshForReading();
        return reads.Sessions.List(memory, current, cursor, limit);
    }

    public Task<Result> SignOut(SessionId session) => Edit(() => edits.Sessions.End(memory, session));

    public async Task<Result<UserProfile>> GetMe()
    {
        await FreshForReading();
        return memory.LiveUser is null ? Error.NotFound : await reads.Profiles.ForSelf(memory);
    }

    public async Task<Result<UserProfile>> GetProfile(UserId? caller)
    {
        await FreshForReading();
        return memory.LiveUser is { } user ? reads.Profiles.ForOther(user, caller) : Error.NotFound;
    }

    public Task<Result<UserProfile>> UpdateProfile(ProfilePatch patch, SessionId current, ProfilePatch? expected) =>
        Edit(() => edits.Profile.Update(memory, patch, current, expected));

    public Task<Result<UserProfile>> SetAvatar(AvatarImage? image) => Edit(() => edits.Avatar.Set(memory, image));

    public Task<Result> ChangePassword(SessionId current, string oldPassword, string newPassword) =>
        Edit(() => edits.Account.ChangePassword(memory, current, oldPassword, newPassword));

    public Task<Result> ResetPassword(string newPassword) => Edit(() => edits.Account.ResetPassword(memory, newPassword));

    public async Task<Result> Delete(string password, SessionId current)
    {
        var result = await Edit(() => edits.Account.Delete(memory, password, current));
        if (result.Error is null)
            await FinishFanOut();
        return result;
    }

    public Task<Result> Promote() => Edit(() => edits.Account.Promote(memory));

    public async Task FinishFanOut()
    {
        for (var attempt = 1; ; attempt++)
        {
            await Fresh();
            if (memory.User is not { FanOutDue: true })
                return;
            var toldOf = memory.Revision;
            foreach (var follower in followers)
                await follower.Follow(memory.Id);
            try
            {
                await Edit(() => edits.Account.EndFanOut(memory, toldOf));
                return;
            }
            catch (StoreUnavailableException e) when (e.IsOvertaken && attempt < 3)
            {
                // The account may have been deleted or restored meanwhile: notify again.
            }
        }
    }

    public Task<IdempotencyAnswer> FindAnswer(IdempotencyTicket ticket) => reads.Idempotency.Find(ticket);
}

/// <summary>The editors of a user.</summary>
internal sealed record UserEdits(
    RegistrationEditor Registration, AccountEditor Account, SessionEditor Sessions, ProfileEditor Profile, AvatarEditor Avatar, PasswordGuard Passwords);

/// <summary>The readers of a user, from memory or from other rows.</summary>
internal sealed record UserReads(SessionAdmissions Admissions, SessionReader Sessions, UserProfiles Profiles, RowQuotas Quotas, Idempotency Idempotency);
