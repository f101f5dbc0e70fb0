using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GifShare.Accounts;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Accounts;

/// <summary>
/// The shell of a user: rows first, then memory. A write whose outcome is unknown makes the memory stale: the next write reads the rows
/// again before it does anything, while requests go on being admitted from what is known, so that reads outlive an absent database.
/// So does a write on an old revision, of which nothing is kept.
/// An id without an account lives as well: it is how an unknown login takes the same way as a wrong password.
/// </summary>
[GrainType("user")]
public sealed partial class UserGrain : Grain, IUserGrain
{
    private static readonly Error InvalidCredentials = new(ErrorCode.InvalidCredentials, "The name or the password is wrong.");
    private static readonly Error NotAlive = new(ErrorCode.Unauthenticated, "This session has ended; sign in again.");

    private readonly AccountsTools tools;
    private readonly ILogger<UserGrain> log;
    private UserId id;
    private readonly SlidingWindow failures = new(AddressFailures.Window);
    private readonly SlidingWindow writes = new(TimeSpan.FromMinutes(1));
    private readonly SlidingWindow uploads = new(TimeSpan.FromHours(1));
    private readonly Dictionary<SessionId, DateTimeOffset> noted = [];
    private User? user;
    private ImmutableDictionary<SessionId, UserSession> sessions = ImmutableDictionary<SessionId, UserSession>.Empty;
    private long storageUsed;
    private long revision;
    private bool isStale = true;

    public UserGrain(IServiceProvider services, ILogger<UserGrain> log)
    {
        tools = AccountsTools.From(services);
        this.log = log;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        id = new(this.GetPrimaryKey());
        return FaultFilter.Activating(Load);
    }

    public async Task<Result<SignedIn>> Register(RegisterUser command, ClientInfo client)
    {
        await Refresh();
        if (user is not null)
            return Error.Conflict("This account exists already.");
        var mode = tools.Options.Registration;
        if (mode == RegistrationMode.Closed)
            return new Error(ErrorCode.RegistrationClosed, "This site takes no new accounts.");
        var fields = new Fields();
        if (mode == RegistrationMode.Invite && string.IsNullOrWhiteSpace(command.InviteCode))
            fields.Refuse("inviteCode", "This site needs an invitation.");
        var now = Now();
        var made = User.Register(id, command, fields, now);
        if (!fields.AreValid)
        {
            DeactivateOnIdle();
            return fields.Error;
        }

        if (await tools.Hashing.Hash(Passwords.Normalize(command.Password)!) is not { } hash)
            return PasswordHashing.Busy;
        var (session, refresh) = NewSession(client, now);
        var invite = mode == RegistrationMode.Invite ? SHA256.HashData(Encoding.UTF8.GetBytes(command.InviteCode!.Trim())) : null;
        var result = await Write(_ => tools.Store.Register(made with { PasswordHash = hash }, session, invite), isKept: null);
        if (!result.Succeeded(out var registered, out var error))
        {
            // Perhaps the account is there already.
            isStale = true;
            return error;
        }

        (user, revision) = (registered, 0);
        sessions = sessions.SetItem(session.Id, session);
        log.Registered(id, registered.Role);
        return await Answer(session, refresh);
    }

    public async Task<Result<SignedIn>> SignIn(string password, ClientInfo client)
    {
        await Refresh();
        if (await CheckPassword(password) is { } refusal)
            return refusal;
        return user is { DeletedAt: null } ? await OpenSession(client) : InvalidCredentials;
    }

    public async Task<Result<SignedIn>> Refresh(string refreshToken, ClientInfo client)
    {
        await Refresh();
        if (!tools.Refreshing.TryRead(refreshToken, out var token) || token.User != id || user is not { DeletedAt: null })
        {
            // A made-up token names any user it likes; nobody's activation shall stay for it.
            if (user is null)
                DeactivateOnIdle();
            return NotAlive;
        }

        // We made this token. One that is not known here was handed out by another activation, or is dead: the rows say which.
        if (!sessions.TryGetValue(token.Session, out var session) || session.Family.Latest < token.Generation)
            await Load();
        var now = Now();
        if (user is not { DeletedAt: null } || !sessions.TryGetValue(token.Session, out session) || session.ExpiresAt <= now)
            return NotAlive;
        switch (session.Family.Judge(token))
        {
            case RefreshVerdict.EndFamily:
                await Write(known => tools.Store.EndSession(id, session.Id, known));
                Forget(session.Id);
                log.FamilyEnded(session.Id, id);
                return NotAlive;
            case RefreshVerdict.Refuse:
                return NotAlive;
        }

        var (next, hash) = tools.Refreshing.Make(id, session.Id, session.Family.Latest + 1);
        var rotated = session with { Family = session.Family.Next(token, hash), LastUsedAt = now, ExpiresAt = now + AccountsOptions.RefreshLife };
        await Write(known => tools.Store.Rotate(id, rotated, session.Family.Latest, known));
        sessions = sessions.SetItem(session.Id, rotated);
        return await Answer(rotated, next);
    }

    public Task<Admission> Admit(SessionId session, RequestKind kind)
    {
        var now = tools.Time.GetUtcNow();
        if (user is not { DeletedAt: null } || !sessions.TryGetValue(session, out var live) || live.ExpiresAt <= now)
            return Task.FromResult(new Admission(false, false, false, 0, 0, 0));
        NoteUse(live, now);
        return Task.FromResult(kind switch
        {
            RequestKind.Write => Take(writes, tools.Options.WritesPerMinute, now),
            RequestKind.Upload => TakeUpload(now),
            _ => new Admission(true, true, user.IsAdmin, 0, 0, 0),
        });
    }

    public async Task<Result<PageOf<Session>>> ListSessions(SessionId current, string? cursor, int limit)
    {
        await RefreshIfPossible();
        if (!tools.Cursors.TryRead($"sessions/{id}", cursor, out var position))
            return Cursors.Invalid;
        var now = tools.Time.GetUtcNow();
        var page = sessions.Values.Where(session => session.ExpiresAt > now)
            .Select(session => (Session: session, Position: PositionOf(session)))
            .OrderByDescending(row => row.Position, StringComparer.Ordinal)
            .Where(row => position is null || string.CompareOrdinal(row.Position, position) < 0)
            .Take(limit + 1).ToArray();
        var next = page.Length > limit ? tools.Cursors.Protect($"sessions/{id}", page[limit - 1].Position) : null;
        return new PageOf<Session>([.. page.Take(limit).Select(row => Describe(row.Session, current))], next);
    }

    public async Task<Result> SignOut(SessionId session)
    {
        await Refresh();
        if (!sessions.ContainsKey(session))
            return Error.NotFound;
        await Write(known => tools.Store.EndSession(id, session, known));
        Forget(session);
        return Result.Ok;
    }

    private async Task<Result<SignedIn>> OpenSession(ClientInfo client)
    {
        var now = Now();
        var (session, refresh) = NewSession(client, now);
        foreach (var expired in sessions.Values.Where(other => other.ExpiresAt <= now))
            Forget(expired.Id);
        var ended = sessions.Count < AccountsOptions.MaxSessions ? default(SessionId?) : sessions.Values.MinBy(LastUse)!.Id;
        await Write(known => tools.Store.AddSession(id, session, ended, known));
        if (ended is { } old)
            Forget(old);
        sessions = sessions.SetItem(session.Id, session);
        return await Answer(session, refresh);
    }

    private (UserSession Session, string Refresh) NewSession(ClientInfo client, DateTimeOffset now)
    {
        var session = SessionId.New();
        var (token, hash) = tools.Refreshing.Make(id, session, 1);
        return (new(session, new(1, hash, null, null), client.UserAgent, client.Address, now, now, now + AccountsOptions.RefreshLife), token);
    }

    private async Task<Result<SignedIn>> Answer(UserSession session, string refresh)
    {
        var (access, seconds) = await tools.Access.Issue(id, session.Id);
        return new SignedIn(tools.Profiles.ForSelf(user!, await ReadStorageUsed()), access, refresh, seconds, session.Id);
    }

    /// <summary>Null when it is right. An attempt counts from its start and is forgiven when it was none.</summary>
    private async Task<Error?> CheckPassword(string password)
    {
        var limit = tools.Options.FailedPasswordsPer15Min;
        var now = tools.Time.GetUtcNow();
        if (limit > 0 && !failures.TryTake(now, limit))
        {
            log.Locked(id);
            return AddressFailures.TooMany(failures.ResetSeconds(now));
        }

        var text = Passwords.Normalize(password);
        var right = await tools.Hashing.Verify(text is null ? null : user?.PasswordHash, text ?? "");
        if (right == false)
            return InvalidCredentials;
        if (limit > 0)
            failures.Forgive();
        return right is null ? PasswordHashing.Busy : null;
    }

    private Admission TakeUpload(DateTimeOffset now)
    {
        // The window is longer than an idle activation lives.
        if (tools.Options.UploadsPerHour > 0)
            DelayDeactivation(TimeSpan.FromHours(1));
        return Take(uploads, tools.Options.UploadsPerHour, now);
    }

    private Admission Take(SlidingWindow window, int limit, DateTimeOffset now)
    {
        if (limit == 0)
            return new(true, true, user!.IsAdmin, 0, 0, 0);
        var allowed = window.TryTake(now, limit);
        return new(true, allowed, user!.IsAdmin, limit, limit - window.Count(now), window.ResetSeconds(now));
    }

    private void NoteUse(UserSession session, DateTimeOffset now)
    {
        if (now - LastUse(session) < SessionUses.Every)
            return;
        noted[session.Id] = now;
        user = user! with { LastActiveAt = now };
        tools.Uses.Note(new(id, session.Id, now));
    }

    private DateTimeOffset LastUse(UserSession session) =>
        noted.TryGetValue(session.Id, out var at) && at > session.LastUsedAt ? at : session.LastUsedAt;

    private Session Describe(UserSession session, SessionId current) => new(
        session.Id, session.CreatedAt, LastUse(session), session.ExpiresAt, session.UserAgent, session.Address, session.Id == current);

    private static string PositionOf(UserSession session) =>
        session.CreatedAt.UtcTicks.ToString("D20", CultureInfo.InvariantCulture) + session.Id;

    private void Forget(SessionId session)
    {
        sessions = sessions.Remove(session);
        noted.Remove(session);
    }

    /// <summary>Now, as exact as rows keep it.</summary>
    private DateTimeOffset Now()
    {
        var now = tools.Time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }
}
