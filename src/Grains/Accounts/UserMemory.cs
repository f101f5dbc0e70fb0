using System.Collections.Immutable;

namespace GifShare.Grains.Accounts;

/// <summary>
/// What an activation holds in memory: the user's rows, and what is in no row (budgets and failed passwords). The grain runs one edit at a time, which
/// changes this memory after its rows are committed.
/// </summary>
/// <param name="id">The user's id; the user need not exist.</param>
internal sealed class UserMemory(UserId id)
{
    private readonly Dictionary<SessionId, DateTimeOffset> lastUses = [];

    public UserId Id => id;

    /// <summary>Null: there is no such account.</summary>
    public User? User { get; private set; }

    /// <summary>The live sessions; expired ones may still be among them.</summary>
    public ImmutableDictionary<SessionId, UserSession> Sessions { get; private set; } = ImmutableDictionary<SessionId, UserSession>.Empty;

    /// <inheritdoc cref="LoginAddresses"/>
    public ImmutableDictionary<string, DateTimeOffset> Addresses { get; private set; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>The revision of the rows in memory; every write carries it and raises it by one.</summary>
    public long Revision { get; private set; }

    /// <summary>Stored bytes as last read; gif grains change them.</summary>
    public long StorageUsed { get; set; }

    public RequestBudgets Budgets { get; } = new();

    public RowAllowance Rows { get; } = new();

    public PasswordFailures Failures { get; } = new();

    /// <summary>The account; null when there is none or it is deleted.</summary>
    public User? LiveUser => User is { DeletedAt: null } ? User : null;

    public DateTimeOffset LastUse(UserSession session) =>
        lastUses.TryGetValue(session.Id, out var at) && at > session.LastUsedAt ? at : session.LastUsedAt;

    /// <summary>Notes a session's use, which <see cref="SessionUses"/> writes later.</summary>
    public void Used(UserSession session, DateTimeOffset now)
    {
        lastUses[session.Id] = now;
        User = User! with { LastActiveAt = now };
    }

    /// <summary>Takes rows that were read. Budgets, failures and last uses stay.</summary>
    /// <param name="loaded">Null: there are none.</param>
    public void Loaded(LoadedUser? loaded)
    {
        User = loaded?.User;
        Sessions = loaded?.Sessions ?? ImmutableDictionary<SessionId, UserSession>.Empty;
        Addresses = loaded?.Addresses ?? ImmutableDictionary<string, DateTimeOffset>.Empty;
        Revision = loaded?.Revision ?? 0;
    }

    /// <summary>To be called after an account's first rows are committed.</summary>
    public void Registered(User user, UserSession session, ImmutableDictionary<string, DateTimeOffset> addresses)
    {
        (User, Addresses, Revision) = (user, addresses, 0);
        Sessions = Sessions.SetItem(session.Id, session);
    }

    /// <summary>To be called after the user's row is committed.</summary>
    public void Edited(User user)
    {
        User = user;
        Revision++;
    }

    /// <summary>To be called after a new or rotated session is committed.</summary>
    public void SessionEdited(UserSession session)
    {
        Sessions = Sessions.SetItem(session.Id, session);
        Revision++;
    }

    /// <summary>To be called after a sign-in is committed.</summary>
    /// <param name="ended">The session that made room, or null.</param>
    public void SignedIn(UserSession session, SessionId? ended, ImmutableDictionary<string, DateTimeOffset> addresses, string passwordHash)
    {
        if (ended is { } old)
            Forget(old);
        Addresses = addresses;
        User = User! with { PasswordHash = passwordHash };
        SessionEdited(session);
    }

    /// <summary>To be called after the end of one session is committed.</summary>
    public void SessionEnded(SessionId session)
    {
        Forget(session);
        Revision++;
    }

    /// <summary>To be called after the user's row is committed together with the end of all sessions, or all but one.</summary>
    public void SessionsEnded(User user, SessionId? kept)
    {
        foreach (var session in Sessions.Keys)
            if (session != kept)
                Forget(session);
        Edited(user);
    }

    /// <summary>Drops expired sessions from memory; the sweeper deletes their rows.</summary>
    public void ForgetExpired(DateTimeOffset now)
    {
        foreach (var session in Sessions.Values)
            if (session.ExpiresAt <= now)
                Forget(session.Id);
    }

    private void Forget(SessionId session)
    {
        Sessions = Sessions.Remove(session);
        lastUses.Remove(session);
        Failures.Forget(session);
    }
}
