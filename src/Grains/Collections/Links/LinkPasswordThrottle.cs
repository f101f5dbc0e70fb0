using System.Collections.Immutable;
using GifShare.Grains.Accounts;

namespace GifShare.Grains.Collections;

/// <summary>
/// Throttles wrong passwords of a link (<see cref="FailedAttempts"/>), and remembers correct ones: hashes of the latest, and the latest 100
/// addresses they came from. In memory only: after a restart no address is known, which matters only during a guessing attack.
/// </summary>
public sealed class LinkPasswordThrottle
{
    private const int MaxAddresses = 100;
    private readonly FailedAttempts attempts;
    private readonly LinkedList<string> addresses = [];
    private ImmutableHashSet<string> known = [];

    internal LinkPasswordThrottle(TimeProvider time, int allowed) => attempts = new(allowed, time);

    internal Task<FailedAttempts.Attempt> Begin(string address) => attempts.Begin(address, addresses.Contains(address));

    public bool Knows(byte[] mark) => known.Contains(Convert.ToHexString(mark));

    public void Learn(byte[] mark, string address)
    {
        known = known.Count > 4 ? [Convert.ToHexString(mark)] : known.Add(Convert.ToHexString(mark));
        addresses.Remove(address);
        addresses.AddFirst(address);
        if (addresses.Count > MaxAddresses)
            addresses.RemoveLast();
    }
}
