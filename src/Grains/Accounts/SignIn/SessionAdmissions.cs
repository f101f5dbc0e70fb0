using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Admits authenticated requests, from memory: checks that the session is live, and takes from the user's rate limits
/// (<c>RateLimits:WritesPerMinute</c>, <c>UploadsPerHour</c>).
/// </summary>
internal sealed class SessionAdmissions(SessionUses uses, AccountsOptions options, TimeProvider time)
{
    private static readonly Admission Dead = new(false, false, false, 0, 0, 0);

    /// <inheritdoc cref="IUserGrain.Admit"/>
    public Admission Admit(UserMemory memory, SessionId session, RequestKind kind)
    {
        var now = time.GetUtcNow();
        if (memory.LiveUser is not { } user || !memory.Sessions.TryGetValue(session, out var live) || live.ExpiresAt <= now)
            return Dead;
        if (now - memory.LastUse(live) >= SessionUses.Every)
        {
            memory.Used(live, now);
            uses.Note(new(memory.Id, session, now));
        }

        return kind switch
        {
            RequestKind.Write => Take(memory.Budgets.Writes, options.WritesPerMinute, user, now),
            RequestKind.Upload => Take(memory.Budgets.Uploads, options.UploadsPerHour, user, now),
            _ => new(true, true, user.IsAdmin, 0, 0, 0),
        };
    }

    private static Admission Take(SlidingWindow window, int limit, User user, DateTimeOffset now)
    {
        if (limit == 0)
            return new(true, true, user.IsAdmin, 0, 0, 0);
        var allowed = window.TryTake(now, limit);
        return new(true, allowed, user.IsAdmin, limit, limit - window.Count(now), window.ResetSeconds(now));
    }
}

/// <summary>A user's writes of the last minute and uploads of the last hour.</summary>
internal sealed class RequestBudgets
{
    public static readonly TimeSpan UploadWindow = TimeSpan.FromHours(1);

    public SlidingWindow Writes { get; } = new(TimeSpan.FromMinutes(1));

    public SlidingWindow Uploads { get; } = new(UploadWindow);
}
