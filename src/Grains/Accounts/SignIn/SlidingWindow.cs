namespace GifShare.Grains.Accounts;

/// <summary>
/// Exact sliding-window counter: keeps the time of each event, at most as many as the limit. An event may have a weight above 1. Not thread-safe.
/// </summary>
internal sealed class SlidingWindow(TimeSpan length)
{
    private readonly Queue<(DateTimeOffset At, int Weight)> events = new();
    private int total;

    /// <summary>Counts an event, unless that would exceed the limit. A refused event does not count.</summary>
    /// <param name="now">The time of the event.</param>
    /// <param name="limit">Maximum weight in a window.</param>
    /// <param name="weight">The event's weight. One above the limit is allowed in an empty window.</param>
    public bool TryTake(DateTimeOffset now, int limit, int weight = 1)
    {
        if (Count(now) is var before && before > 0 && before + weight > limit || limit == 0)
            return false;
        events.Enqueue((now, weight));
        total += weight;
        return true;
    }

    public int Count(DateTimeOffset now)
    {
        while (events.TryPeek(out var oldest) && oldest.At + length <= now)
            total -= events.Dequeue().Weight;
        return total;
    }

    /// <summary>Seconds, rounded up, until the oldest event leaves the window; 0 when there is none.</summary>
    public int ResetSeconds(DateTimeOffset now) =>
        Count(now) == 0 ? 0 : Math.Max(1, (int)Math.Ceiling((events.Peek().At + length - now).TotalSeconds));

    /// <summary>Removes the latest event.</summary>
    public void Forgive()
    {
        // A Queue removes only the oldest: rotate it until the latest is first.
        var rest = events.Count - 1;
        for (var i = 0; i < rest; i++)
            events.Enqueue(events.Dequeue());
        if (events.TryDequeue(out var latest))
            total -= latest.Weight;
    }
}
