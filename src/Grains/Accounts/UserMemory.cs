using System.Collections.Immutable;

namespace GifShare.Grains.Accounts;

/// <summary>
/// An activation's memory: a copy of the user's rows, and state that is in no row (rate limits and failed passwords). One edit at a time changes it,
/// after its rows are committed.
/// </summary>
/// <param name="id">The user's id; the user need not exist.</param>
internal sealed class UserMemory(UserId id)
{
    private readonly Dictionary<SessionId, DateTimeOffset> lastUses = [];

    public UserId Id => id;

    /// <summary>Null when there is no such account.</summary>
    public User? User { get; private set; }

    /// <summary>The sessions; some may have expired.</summary>
    public ImmutableDictionary<SessionId, UserSession> Sessions { get; private set; } = ImmutableDictionary<SessionId, UserSession>.Empty;

    /// <inheritdoc cref="LoginAddresses"/>
    public ImmutableDictionary<string, DateTimeOffset> Addresses { get; private set; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>The revision of the rows in memory; every write compares it and raises it by one.</summary>
    public long Revision { get; private set; }

    /// <summary>Bytes of stored uploads as last read; gif grains change the row.</summary>
    public long StorageUsed { get; set; }

    public RequestBudgets Budgets { get; } = new();

    public RowAllowance Rows { get; } = new();

    public PasswordFailures Failures { get; } = new();

    /// <summary>The account; null when there is none or it is deleted.</summary>
    public User? LiveUser => User is { DeletedAt: null } ? User : null;

    public DateTimeOffset LastUse(UserSession session) =>
        lastUses.TryGetValue(session.Id, out var at) && at > session.LastUsedAt ? at : session.LastUsedAt;

    /// <summary>Records a session's use; <see cref="SessionUses"/> writes it later.</summary>
    public void Used(UserSession session, DateTimeOffset now)
    {
        lastUses[session.Id] = now;
        User = User! with { LastActiveAt = now };
    }

    /// <summary>Replaces memory by the rows as read. Rate limits, failures and last uses are kept.</summary>
    /// <param name="loaded">Null: the account does not exist.</param>
    public void Loaded(LoadedUser? loaded)
    {
        User = loaded?.User;
        Sessions = loaded?.Sessions ?? ImmutableDictionary<SessionId, UserSession>.Empty;
        Addresses = loaded?.Addresses ?? ImmutableDictionary<string, DateTimeOffset>.Empty;
        Revision = loaded?.Revision ?? 0;
    }

    /// <summary>Applies the committed first rows of an account.</summary>
    public void Registered(User user, UserSession session, ImmutableDictionary<string, DateTimeOffset> addresses)
    {
        (User, Addresses, Revision) = (user, addresses, 0);
        Sessions = Sessions.SetItem(session.Id, session);
    }

    /// <summary>Applies a committed edit of the user's row.</summary>
    public void Edited(User user)
    {
        User = user;
        Revision++;
    }

    /// <summary>Applies a committed new or rotated session.</summary>
    public void SessionEdited(UserSession session)
    {
        Sessions = Sessions.SetItem(session.Id, session);
        Revision++;
    }

    /// <summary>Applies a committed sign-in.</summary>
    /// <param name="ended">The session evicted for the new one, or null.</param>
    public void SignedIn(UserSession session, SessionId? ended, ImmutableDictionary<string, DateTimeOffset> addresses, string passwordHash)
    {
        if (ended is { } old)
            Forget(old);
        Addresses = addresses;
        User = User! with { PasswordHash = passwordHash };
        SessionEdited(session);
    }

    /// <summary>Applies the committed end of one session.</summary>
    public void SessionEnded(SessionId session)
    {
        Forget(session);
        Revision++;
    }

    /// <summary>Applies a committed edit of the user's row that ended all sessions, or all but one.</summary>
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
