namespace GifShare.Silo;

/// <summary>Does not run calls of the product whose callers stopped waiting long ago (<see cref="CallDeadline"/>).</summary>
internal sealed partial class LateCallFilter(ILogger<LateCallFilter> log) : IIncomingGrainCallFilter
{
    private readonly Grains.OncePerSecond telling = new();

    /// <exception cref="TimeoutException">Nobody waits any more; nothing was done.</exception>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var late = CallDeadline.Late();
        if (late <= TimeSpan.Zero || !Grains.Operations.CallFigures.IsProduct(context.InterfaceMethod))
            return context.Invoke();
        // After a standstill they come by the hundred, and with clocks that differ it is every call.
        if (telling.IsDue(out var untold))
            LogLate(context.InterfaceName, context.MethodName, (late + CallDeadline.ClockSkew).TotalSeconds, untold);
        throw new TimeoutException("The call came later than its caller waits.");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Interface}.{Method} was not run: it came {Seconds:F1} s after its caller gave up (or the clocks of two machines differ by that; {Untold} such calls were not logged)")]
    private partial void LogLate(string @interface, string method, double seconds, long untold);
}
