namespace GifShare.Grains.Collections;

/// <summary>
/// Items that single adds take from the account's quota ahead, so that not each of them asks. What of it is not used is counted anew before
/// anybody is refused, and holds for a few seconds only, so that many collections do not add up to a quota of their own.
/// </summary>
public sealed class ItemAllowance
{
    /// <summary>Items taken at a time.</summary>
    public const int Ahead = 50;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);
    private int left;
    private DateTimeOffset until;

    public bool TryTake(DateTimeOffset now)
    {
        if (left == 0 || now >= until)
            return false;
        left--;
        return true;
    }

    /// <summary>After <see cref="Ahead"/> were taken from the account, one of them for the caller.</summary>
    public void Refill(DateTimeOffset now) => (left, until) = (Ahead - 1, now + Life);
}
