namespace GifShare.Grains.Accounts;

/// <summary>
/// Limits wrong passwords per address over all names, on this silo, to <see cref="FailedAttempts.Wide"/> times the limit of one name. At most
/// <see cref="MaxAddresses"/> addresses are kept; the least recently used are evicted. An attempt counts from its start, so that
/// concurrent attempts cannot exceed the limit, and is taken back when it succeeds.
/// </summary>
internal sealed class AddressFailures(AccountsOptions options, TimeProvider time)
{
    private const int MaxAddresses = 50_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Address, SlidingWindow Failures)>> known = [];
    private readonly LinkedList<(string Address, SlidingWindow Failures)> byUse = [];

    /// <summary>Counts an attempt. Returns 0 when it is allowed, else the seconds for which the address is refused.</summary>
    public int Begin(string? address)
    {
        if (options.FailedPasswordsPer15Min == 0)
            return 0;
        lock (gate)
        {
            var failures = Find(address ?? "unknown");
            var now = time.GetUtcNow();
            return failures.TryTake(now, FailedAttempts.Wide * options.FailedPasswordsPer15Min) ? 0 : failures.ResetSeconds(now);
        }
    }

    /// <summary>Takes an attempt back: the password was not wrong.</summary>
    public void Forgive(string? address)
    {
        if (options.FailedPasswordsPer15Min == 0)
            return;
        lock (gate)
            Find(address ?? "unknown").Forgive();
    }

    public static Error TooMany(int seconds) =>
        new(ErrorCode.RateLimited, "Too many wrong passwords; try again later.", RetryAfterSeconds: seconds);

    private SlidingWindow Find(string address)
    {
        if (known.TryGetValue(address, out var node))
        {
            byUse.Remove(node);
        }
        else
        {
            node = new((address, new SlidingWindow(FailedAttempts.Window)));
            known[address] = node;
            if (known.Count > MaxAddresses && byUse.Last is { } quiet)
            {
                known.Remove(quiet.Value.Address);
                byUse.RemoveLast();
            }
        }

        byUse.AddFirst(node);
        return node.Value.Failures;
    }
}
