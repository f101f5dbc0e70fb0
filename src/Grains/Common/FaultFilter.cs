using GifShare.Grains.Operations;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains;

/// <summary>
/// Turns what a grain throws into something that crosses silos: "PostgreSQL is away", or the silo of another grain, becomes <c>unavailable</c>, a bug is logged here,
/// where its cause is, and becomes <c>internal</c>. Grain timers pass through as well and are left alone. It counts and measures the
/// calls too: one filter costs less than two.
/// </summary>
public sealed partial class FaultFilter(CallFigures figures, ILogger<FaultFilter> log) : IIncomingGrainCallFilter
{
    private readonly OncePerSecond telling = new();

    /// <summary>A call that ends at once, as reads from memory do, costs no state machine.</summary>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        var call = figures.Begin(context);
        Task turn;
        try
        {
            turn = context.Invoke();
        }
        catch (Exception e)
        {
            turn = Task.FromException(e);
        }

        if (!turn.IsCompletedSuccessfully)
            return Watch(context, call, turn);
        call.End();
        return turn;
    }

    private async Task Watch(IIncomingGrainCallContext context, CallFigures.Call call, Task turn)
    {
        try
        {
            await turn;
            call.End();
        }
        catch (OperationCanceledException)
        {
            // The caller no longer waits: nobody failed.
            call.End();
            throw;
        }
        catch (Exception e)
        {
            call.Fail();
            if (e is GrainFaultedException || !CallFigures.IsProduct(context.InterfaceMethod))
                throw;
            if (IsUnavailable(e))
            {
                Tell(context, e.GetBaseException().Message);
                throw new GrainFaultedException(ErrorCode.Unavailable);
            }

            LogFault(e, context.InterfaceName, context.MethodName);
            throw new GrainFaultedException(ErrorCode.Internal);
        }
    }

    /// <summary>For OnActivateAsync, which filters do not see: wraps a failure the same way.</summary>
    public static async Task Activating(Func<Task> load)
    {
        try
        {
            await load();
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            throw new GrainFaultedException(ErrorCode.Unavailable);
        }
    }

    /// <summary>One line a second: with the database away every call would write one, thousands a second, for as long as it takes.</summary>
    private void Tell(IIncomingGrainCallContext context, string cause)
    {
        if (telling.IsDue(out var untold))
            LogUnavailable(context.InterfaceName, context.MethodName, cause, untold);
    }

    /// <summary>Of a call to another grain as well: a silo that is lost is no bug of the grain that needed it.</summary>
    private static bool IsUnavailable(Exception e) =>
        e is StoreUnavailableException or ObjectStore.ObjectStoreUnavailableException || GrainFaultedException.IsUnavailable(e);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Interface}.{Method} failed; this is a bug")]
    private partial void LogFault(Exception exception, string @interface, string method);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Interface}.{Method}: a store or silo is not available: {Cause} ({Untold} such calls were not logged)")]
    private partial void LogUnavailable(string @interface, string method, string cause, long untold);
}
