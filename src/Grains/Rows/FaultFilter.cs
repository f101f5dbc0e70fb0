using System.Reflection;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Rows;

/// <summary>
/// Turns what a grain throws into something that crosses silos: "PostgreSQL is away", or the silo of another grain, becomes <c>unavailable</c>, a bug is logged here,
/// where its cause is, and becomes <c>internal</c>. Grain timers pass through as well and are left alone. It tells hot grains and
/// failures too: one filter costs less than two.
/// </summary>
public sealed partial class FaultFilter(HotGrains hot, FailedCalls failures, ILogger<FaultFilter> log) : IIncomingGrainCallFilter
{
    /// <summary>A call that ends at once, as reads from memory do, costs no state machine.</summary>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (IsProduct(context.InterfaceMethod))
            hot.Add(context.TargetId);
        Task turn;
        try
        {
            turn = context.Invoke();
        }
        catch (Exception e)
        {
            turn = Task.FromException(e);
        }

        return turn.IsCompletedSuccessfully ? turn : Watch(context, turn);
    }

    private async Task Watch(IIncomingGrainCallContext context, Task turn)
    {
        try
        {
            await turn;
        }
        catch (OperationCanceledException)
        {
            // The caller no longer waits: nobody failed.
            throw;
        }
        catch (Exception e)
        {
            if (!IsProduct(context.InterfaceMethod))
                throw;
            failures.Add(context.TargetId);
            if (e is GrainFaultedException)
                throw;
            if (IsUnavailable(e))
            {
                LogUnavailable(context.InterfaceName, context.MethodName, e.GetBaseException().Message);
                throw new GrainFaultedException(ErrorCode.Unavailable);
            }

            LogFault(e, context.InterfaceName, context.MethodName);
            throw new GrainFaultedException(ErrorCode.Internal);
        }
    }

    /// <summary>Timers, management and the like pass call filters as well.</summary>
    public static bool IsProduct(MethodInfo method) => method.DeclaringType?.Namespace?.StartsWith("GifShare", StringComparison.Ordinal) == true;

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

    /// <summary>Of a call to another grain as well: a silo that is lost is no bug of the grain that needed it.</summary>
    private static bool IsUnavailable(Exception e) =>
        e is StoreUnavailableException or ObjectStore.ObjectStoreUnavailableException || GrainFaultedException.IsUnavailable(e);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Interface}.{Method} failed; this is a bug")]
    private partial void LogFault(Exception exception, string @interface, string method);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Interface}.{Method}: a store or silo is not available: {Cause}")]
    private partial void LogUnavailable(string @interface, string method, string cause);
}
