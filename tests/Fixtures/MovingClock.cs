namespace GifShare.Fixtures;

/// <summary>The system's clock, ahead of it by as much as a test turns it. For a clock that stands still: <c>FakeTimeProvider</c>.</summary>
public sealed class MovingClock : TimeProvider
{
    private long ahead;

    /// <summary>How far it is ahead of the system's clock.</summary>
    public TimeSpan Offset
    {
        get => new(Interlocked.Read(ref ahead));
        set => Interlocked.Exchange(ref ahead, value.Ticks);
    }

    public void Turn(TimeSpan by) => Interlocked.Add(ref ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
