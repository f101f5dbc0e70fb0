using System.Collections.Immutable;
using GifShare.Grains.Accounts;

namespace GifShare.Grains.Collections;

/// <summary>
/// Wrong passwords of a link (<see cref="FailedAttempts"/>), and who knows it: the latest passwords that were right, and the latest 100
/// addresses that they came from. In memory only; after a restart everybody is a stranger, which matters while somebody guesses.
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
