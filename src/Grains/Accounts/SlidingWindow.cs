namespace GifShare.Grains.Accounts;

/// <summary>
/// Counts events in the window that ends now, exactly: it remembers the time of each, so at most as many as the limit. Not thread-safe.
/// </summary>
internal sealed class SlidingWindow(TimeSpan length)
{
    private readonly Queue<DateTimeOffset> events = new();

    /// <summary>Counts one more, unless that would pass the limit. An event that is refused does not count.</summary>
    public bool TryTake(DateTimeOffset now, int limit)
    {
        if (Count(now) >= limit)
            return false;
        events.Enqueue(now);
        return true;
    }

    public int Count(DateTimeOffset now)
    {
        while (events.TryPeek(out var oldest) && oldest + length <= now)
            events.Dequeue();
        return events.Count;
    }

    /// <summary>Seconds, rounded up, until an event leaves the window; 0 when there is none.</summary>
    public int ResetSeconds(DateTimeOffset now) =>
        Count(now) == 0 ? 0 : Math.Max(1, (int)Math.Ceiling((events.Peek() + length - now).TotalSeconds));

    /// <summary>Takes the latest event back: it turned out not to be one.</summary>
    public void Forgive()
    {
        // A queue gives only its oldest: turn it until that is the latest.
        var rest = events.Count - 1;
        for (var i = 0; i < rest; i++)
            events.Enqueue(events.Dequeue());
        events.TryDequeue(out _);
    }
}
