namespace GifShare.Grains.Collections;

/// <summary>
/// Prepaid part of the account's item quota, so that not every single add calls the account's grain. An allowance expires after a few seconds,
/// so that many collections cannot hoard quota; the account recounts the rows before it refuses.
/// </summary>
public sealed class ItemAllowance
{
    /// <summary>Items prepaid at a time.</summary>
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

    /// <summary>Called after <see cref="Ahead"/> items were taken from the account; the caller's add uses one of them.</summary>
    public void Refill(DateTimeOffset now) => (left, until) = (Ahead - 1, now + Life);
}
