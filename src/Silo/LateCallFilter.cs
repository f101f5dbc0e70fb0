namespace GifShare.Silo;

/// <summary>Refuses calls of the product whose callers have stopped waiting (<see cref="CallDeadline"/>).</summary>
internal sealed partial class LateCallFilter(ILogger<LateCallFilter> log) : IIncomingGrainCallFilter
{
    /// <exception cref="TimeoutException">The call came after its deadline; nothing was done.</exception>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var late = CallDeadline.Late();
        if (late <= TimeSpan.Zero || !Grains.Rows.FaultFilter.IsProduct(context.InterfaceMethod))
            return context.Invoke();
        LogLate(context.InterfaceName, context.MethodName, (late + CallDeadline.ClockSkew).TotalSeconds);
        throw new TimeoutException("The call came later than its caller waits.");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Interface}.{Method} was not run: it came {Seconds:F1} s after its caller gave up (or the clocks of two machines differ by as much)")]
    private partial void LogLate(string @interface, string method, double seconds);
}
