namespace GifShare.Grains.Accounts;

/// <summary>
/// Counts wrong passwords for one name (as typed at sign-in; or a link) within the last 15 minutes. Each address may fail <c>allowed</c> times, and
/// all addresses together <see cref="Wide"/> times as often; after that they are told to wait.
/// <para>
/// The answer to a wrong password depends only on the name and on the failures at it, neither on whether the account exists nor on its other name.
/// From an address that is known to the account, passwords are still checked while strangers wait, and a right one is accepted: other people's
/// failures lock nobody out. A wrong one is answered as a stranger's, so that nobody learns which addresses are known. Known addresses may fail
/// <see cref="Wide"/> times <c>allowed</c> more, so that whoever shares one cannot guess without end.
/// </para>
/// <para>
/// No more guesses are checked at a time than may still fail; the others wait. So the limits hold under concurrency, and nobody who knows the
/// password is refused. Not thread-safe. Only addresses that failed within the window are in memory. Why: docs/decisions/0023-failed-attempts.md.
/// </para>
/// </summary>
/// <param name="allowed">Setting <c>RateLimits:FailedPasswordsPer15Min</c>; 0 is no limit.</param>
internal sealed class FailedAttempts(int allowed, TimeProvider time)
{
    /// <summary>
    /// How many times more failures are allowed from all addresses than from one: by default 100 in 15 minutes, 10,000 a day. Too few to guess a
    /// password that is not a common one, and more than a few people who mistype theirs.
    /// </summary>
    public const int Wide = 10;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, Failures> byAddress = [];
    private readonly Failures all = new();
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

    /// <summary>To be called before a password is checked. It may wait until other checks have ended.</summary>
    /// <param name="waitSeconds">Above 0: the address is refused for so long for another reason, unless it is known.</param>
    public async Task<Attempt> Begin(string address, bool isKnown, int waitSeconds = 0)
    {
        if (allowed == 0)
            return new(true, 0, static _ => { });
        while (true)
        {
            var now = time.GetUtcNow();
            var its = Of(address, now);
            var wait = Math.Max(waitSeconds, Math.Max(its.SecondsOver(allowed, now), all.SecondsOver(Wide * allowed, now)));
            if (wait > 0)
                return isKnown && its.WhileRefused.TryTake(now, Wide * allowed)
                    ? new(true, wait, failed => EndOf(its, failed))
                    : new(false, wait, static _ => { });
            if (its.HasRoom(allowed, now) && all.HasRoom(Wide * allowed, now))
            {
                its.Checking++;
                all.Checking++;
                return new(true, 0, failed => EndOf(its, all, failed));
            }

            await changed.Task;
        }
    }

    private void EndOf(Failures its, Failures everybody, bool failed)
    {
        var now = time.GetUtcNow();
        its.End(failed, now);
        everybody.End(failed, now);
        changed.SetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static void EndOf(Failures its, bool failed)
    {
        if (!failed)
            its.WhileRefused.Forgive();
    }

    private Failures Of(string address, DateTimeOffset now)
    {
        if (byAddress.TryGetValue(address, out var its))
            return its;
        Prune(now);
        return byAddress[address] = new();
    }

    private void Prune(DateTimeOffset now)
    {
        foreach (var (address, its) in byAddress)
            if (its.IsIdle(now))
                byAddress.Remove(address);
    }

    /// <summary>An attempt that was counted as under way.</summary>
    /// <param name="IsJudged">False: the password must not be checked.</param>
    /// <param name="WaitSeconds">Above 0: a password that is wrong, or not checked, is answered with "too many attempts".</param>
    /// <param name="End">To be called once in any case; true when the password was wrong.</param>
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
