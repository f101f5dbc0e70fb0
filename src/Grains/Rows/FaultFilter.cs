using System.Reflection;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Logging;

namespace GifShare.Grains.Rows;

/// <summary>
/// Maps exceptions of grain calls to ones that cross silos: an unavailable store or silo becomes <c>unavailable</c>; any other exception is a bug, is
/// logged here with its stack, and becomes <c>internal</c>. Calls of Orleans' own interfaces (timers, management) pass unchanged. Also counts calls
/// and failures per grain, because one filter costs less than two.
/// </summary>
public sealed partial class FaultFilter(HotGrains hot, FailedCalls failures, ILogger<FaultFilter> log) : IIncomingGrainCallFilter
{
    /// <summary>Calls that complete synchronously, such as reads from memory, allocate no state machine.</summary>
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
            // Cancelled by the caller: not a failure.
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

    /// <summary>Whether the method is of a GifShare interface; Orleans' own calls pass call filters too.</summary>
    public static bool IsProduct(MethodInfo method) => method.DeclaringType?.Namespace?.StartsWith("GifShare", StringComparison.Ordinal) == true;

    /// <summary>Maps exceptions of OnActivateAsync, which call filters do not see.</summary>
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

    /// <summary>Includes calls to other grains: a lost silo is not a bug of the calling grain.</summary>
    private static bool IsUnavailable(Exception e) =>
        e is StoreUnavailableException or ObjectStore.ObjectStoreUnavailableException || GrainFaultedException.IsUnavailable(e);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Interface}.{Method} failed; this is a bug")]
    private partial void LogFault(Exception exception, string @interface, string method);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Interface}.{Method}: a store or silo is not available: {Cause}")]
    private partial void LogUnavailable(string @interface, string method, string cause);
}
