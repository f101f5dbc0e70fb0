namespace GifShare;

/// <summary>
/// In a cluster each call says until when its caller waits. A call may come much later: from the buffers of a silo that stood still, or of a
/// connection that was cut and healed. Its caller has been told "unavailable", has asked again and gone on since; run now, a deletion that
/// was repeated once would undo what came after it. Orleans drops calls by the time since they were read, which such buffers do not count.
/// </summary>
/// <param name="patience">How long a caller waits unless the contract says otherwise (<see cref="Patience"/>).</param>
public sealed class CallDeadline(TimeSpan patience) : IOutgoingGrainCallFilter
{
    /// <summary>How far the clocks of two machines may be apart; a call that is later than this is not run.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(3);

    private const string Key = "gifshare.deadline";

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        RequestContext.Set(Key, TimeProvider.System.GetUtcNow().UtcTicks + (context.Request.GetDefaultResponseTimeout() ?? patience).Ticks);
        return context.Invoke();
    }

    /// <summary>By how much the call that is being run is late; not above zero when it is not, or when nobody said how long it may take.</summary>
    public static TimeSpan Late() =>
        RequestContext.Get(Key) is long deadline ? TimeSpan.FromTicks(TimeProvider.System.GetUtcNow().UtcTicks - deadline) - ClockSkew : TimeSpan.Zero;
}
