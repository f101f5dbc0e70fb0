namespace GifShare.Grains.Accounts;

/// <summary>
/// Limits wrong passwords for one name (as typed at sign-in; or a link) within the last 15 minutes. Each address may fail <c>allowed</c> times, and
/// all addresses together <see cref="Wide"/> times as often; after that attempts are refused with a time to wait.
/// <para>
/// The answer to a wrong password depends only on the name and the failures for it, not on whether the account exists or on its other name.
/// From addresses known to the account, passwords are still checked while others are refused, and a right one is accepted, so other people's
/// failures do not lock the owner out. A wrong one is answered like an unknown address's, which hides which addresses are known. Known addresses
/// get <see cref="Wide"/> times <c>allowed</c> further failures, so that others behind a shared address cannot guess without limit.
/// </para>
/// <para>
/// At most as many guesses are checked concurrently as may still fail; the others wait. So the limits hold under concurrency, and nobody who knows
/// the password is refused. Not thread-safe. Only addresses that failed within the window are kept. Why: docs/decisions/0023-failed-attempts.md.
/// </para>
/// </summary>
/// <param name="allowed">Setting <c>RateLimits:FailedPasswordsPer15Min</c>; 0 means unlimited.</param>
internal sealed class FailedAttempts(int allowed, TimeProvider time)
{
    /// <summary>
    /// Factor between the limit of all addresses and that of one: by default 100 failures in 15 minutes, 10,000 a day. Too few to guess an
    /// uncommon password, and more than a few people who mistype cause.
    /// </summary>
    public const int Wide = 10;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, Failures> byAddress = [];
    private readonly Failures overall = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>No address has failed within the window.</summary>
    public bool IsIdle
    {
        get
        {
            Prune(time.GetUtcNow());
            return byAddress.Count == 0;
        }
    }

    /// <summary>Begins an attempt, before the password is checked. May wait until other checks have ended.</summary>
    /// <param name="waitSeconds">Above 0: the address is refused for this long by another limit, unless it is known.</param>
    public async Task<Attempt> Begin(string address, bool isKnown, int waitSeconds = 0)
    {
        if (allowed == 0)
            return new(true, 0, static _ => { });
        while (true)
        {
            var now = time.GetUtcNow();
            var own = Of(address, now);
            var wait = Math.Max(waitSeconds, Math.Max(own.SecondsOver(allowed, now), overall.SecondsOver(Wide * allowed, now)));
            if (wait > 0)
                return isKnown && own.WhileRefused.TryTake(now, Wide * allowed)
                    ? new(true, wait, failed => EndOf(own, failed))
                    : new(false, wait, static _ => { });
            if (own.HasRoom(allowed, now) && overall.HasRoom(Wide * allowed, now))
            {
                own.Checking++;
                overall.Checking++;
                return new(true, 0, failed => EndOf(own, overall, failed));
            }

            await changed.Task;
        }
    }

    private void EndOf(Failures own, Failures overall, bool failed)
    {
        var now = time.GetUtcNow();
        own.End(failed, now);
        overall.End(failed, now);
        changed.SetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static void EndOf(Failures own, bool failed)
    {
        if (!failed)
            own.WhileRefused.Forgive();
    }

    private Failures Of(string address, DateTimeOffset now)
    {
        if (byAddress.TryGetValue(address, out var own))
            return own;
        Prune(now);
        return byAddress[address] = new();
    }

    private void Prune(DateTimeOffset now)
    {
        foreach (var (address, own) in byAddress)
            if (own.IsIdle(now))
                byAddress.Remove(address);
    }

    /// <summary>An attempt in progress, counted against the limits.</summary>
    /// <param name="IsJudged">False: the password must not be checked.</param>
    /// <param name="WaitSeconds">Above 0: a wrong or unchecked password is answered with "too many attempts".</param>
    /// <param name="End">Must be called exactly once; the argument is true when the password was wrong.</param>
    internal sealed record Attempt(bool IsJudged, int WaitSeconds, Action<bool> End);

    private sealed class Failures
    {
        private readonly SlidingWindow failed = new(Window);

        public int Checking { get; set; }

        public SlidingWindow WhileRefused { get; } = new(Window);

        public int SecondsOver(int limit, DateTimeOffset now) => failed.Count(now) < limit ? 0 : failed.ResetSeconds(now);

        public bool HasRoom(int limit, DateTimeOffset now) => failed.Count(now) + Checking < limit;

        public bool IsIdle(DateTimeOffset now) => Checking == 0 && failed.Count(now) == 0 && WhileRefused.Count(now) == 0;

        public void End(bool isFailure, DateTimeOffset now)
        {
            Checking--;
            if (isFailure)
                failed.TryTake(now, int.MaxValue);
        }
    }
}
