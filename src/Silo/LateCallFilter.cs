namespace GifShare.Silo;

/// <summary>Does not run calls of the product whose callers stopped waiting long ago (<see cref="CallDeadline"/>).</summary>
internal sealed partial class LateCallFilter(ILogger<LateCallFilter> log) : IIncomingGrainCallFilter
{
    private long nextTelling;

    /// <exception cref="TimeoutException">Nobody waits any more; nothing was done.</exception>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var late = CallDeadline.Late();
        if (late <= TimeSpan.Zero || !Grains.Operations.CallFigures.IsProduct(context.InterfaceMethod))
            return context.Invoke();
        // One line a second: after a standstill they come by the hundred, and with clocks that differ it is every call.
        var (now, due) = (Environment.TickCount64, Interlocked.Read(ref nextTelling));
        if (now >= due && Interlocked.CompareExchange(ref nextTelling, now + 1000, due) == due)
            LogLate(context.InterfaceName, context.MethodName, (late + CallDeadline.ClockSkew).TotalSeconds);
        throw new TimeoutException("The call came later than its caller waits.");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Interface}.{Method} was not run: it came {Seconds:F1} s after its caller gave up (or the clocks of two machines differ by that)")]
    private partial void LogLate(string @interface, string method, double seconds);
}
