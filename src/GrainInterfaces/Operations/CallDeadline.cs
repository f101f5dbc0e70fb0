namespace GifShare;

/// <summary>
/// Adds to each call of a cluster the time until which its caller waits. A call may arrive much later, out of the buffers of a silo that stood still
/// or of a connection that was cut and healed. By then its caller was told "unavailable", has repeated it and has gone on: a deletion that ran
/// now would delete what came after it. Orleans drops late calls by the time since it read them, which does not include such buffers.
/// </summary>
/// <param name="patience">How long a caller waits unless the contract says otherwise (<see cref="Patience"/>).</param>
public sealed class CallDeadline(TimeSpan patience) : IOutgoingGrainCallFilter
{
    /// <summary>How far the clocks of two machines may be apart. A call that is later than its deadline by more than this does not run.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(3);

    private const string Key = "gifshare.deadline";

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        RequestContext.Set(Key, TimeProvider.System.GetUtcNow().UtcTicks + (context.Request.GetDefaultResponseTimeout() ?? patience).Ticks);
        return context.Invoke();
    }

    /// <summary>How late the current call is, beyond <see cref="ClockSkew"/>; zero or less when it is in time or has no deadline.</summary>
    public static TimeSpan Late() =>
        RequestContext.Get(Key) is long deadline ? TimeSpan.FromTicks(TimeProvider.System.GetUtcNow().UtcTicks - deadline) - ClockSkew : TimeSpan.Zero;
}
