using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>How call filters see the tick of a grain timer: a method of the runtime, not of the product.</summary>
interface IGrainTimerInvoker
{
    [OneWay]
    Task InvokeCallbackAsync(CancellationToken cancellationToken);
}
