namespace GifShare;

/// <summary>
/// Adds to every grain call the deadline at which its caller stops waiting. A call may be delivered much later, from the buffers of a silo that was
/// suspended or of a connection that was interrupted. By then the caller has got "unavailable", has retried and gone on: a late deletion
/// would delete what was created since. Orleans drops late calls by the time since it received them, which excludes such buffers.
/// </summary>
/// <param name="patience">How long callers wait unless the contract says otherwise (<see cref="Patience"/>).</param>
public sealed class CallDeadline(TimeSpan patience) : IOutgoingGrainCallFilter
{
    /// <summary>Tolerated clock difference between machines. A call later than its deadline by more than this is dropped.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(3);

    private const string Key = "gifshare.deadline";

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        RequestContext.Set(Key, TimeProvider.System.GetUtcNow().UtcTicks + (context.Request.GetDefaultResponseTimeout() ?? patience).Ticks);
        return context.Invoke();
    }

    /// <summary>How late the current call is beyond <see cref="ClockSkew"/>; zero or less when in time or without a deadline.</summary>
    public static TimeSpan Late() =>
        RequestContext.Get(Key) is long deadline ? TimeSpan.FromTicks(TimeProvider.System.GetUtcNow().UtcTicks - deadline) - ClockSkew : TimeSpan.Zero;
}
