using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Wrong passwords per address, on this silo: at most <see cref="MaxAddresses"/> addresses are remembered, the ones quiet for longest are
/// forgotten first. An attempt counts from its start, so that attempts in parallel cannot pass the limit, and is forgiven when it succeeds.
/// </summary>
internal sealed class AddressFailures(AccountsOptions options, TimeProvider time)
{
    private const int MaxAddresses = 50_000;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public static AddressFailures From(IServiceProvider services) => services.GetRequiredService<AddressFailures>();

    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Address, SlidingWindow Failures)>> known = [];
    private readonly LinkedList<(string Address, SlidingWindow Failures)> byUse = [];

    /// <summary>Null when the attempt may go on, else the refusal.</summary>
    public Error? Begin(string? address)
    {
        if (options.FailedPasswordsPer15Min == 0)
            return null;
        lock (gate)
        {
            var failures = Find(address ?? "unknown");
            var now = time.GetUtcNow();
            return failures.TryTake(now, options.FailedPasswordsPer15Min) ? null : TooMany(failures.ResetSeconds(now));
        }
    }

    /// <summary>The attempt was not a wrong password after all.</summary>
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
            node = new((address, new SlidingWindow(Window)));
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
