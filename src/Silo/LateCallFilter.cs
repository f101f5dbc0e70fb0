namespace GifShare.Silo;

/// <summary>Rejects grain calls whose deadline has passed (<see cref="CallDeadline"/>); Orleans' own calls are exempt.</summary>
internal sealed partial class LateCallFilter(ILogger<LateCallFilter> log) : IIncomingGrainCallFilter
{
    /// <exception cref="TimeoutException">The call arrived after its deadline and was not executed.</exception>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var late = CallDeadline.Late();
        if (late <= TimeSpan.Zero || !Grains.Rows.FaultFilter.IsProduct(context.InterfaceMethod))
            return context.Invoke();
        LogLate(context.InterfaceName, context.MethodName, (late + CallDeadline.ClockSkew).TotalSeconds);
        throw new TimeoutException("The call came later than its caller waits.");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Interface}.{Method} was rejected: it arrived {Seconds:F1} s after the deadline of its caller (or the clocks of two machines differ by as much)")]
    private partial void LogLate(string @interface, string method, double seconds);
}
