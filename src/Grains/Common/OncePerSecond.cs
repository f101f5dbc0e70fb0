namespace GifShare.Grains;

/// <summary>Lets one line of a log pass each second, of what would else be said by every call for as long as something is away.</summary>
public sealed class OncePerSecond
{
    private long next;
    private long untold;

    /// <param name="left">How many were kept back since the last that passed.</param>
    /// <param name="count">How many this one stands for.</param>
    public bool IsDue(out long left, int count = 1)
    {
        left = 0;
        var (now, due) = (Environment.TickCount64, Interlocked.Read(ref next));
        if (now < due || Interlocked.CompareExchange(ref next, now + 1000, due) != due)
        {
            Interlocked.Add(ref untold, count);
            return false;
        }

        left = Interlocked.Exchange(ref untold, 0);
        return true;
    }
}
