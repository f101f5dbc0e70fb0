namespace GifShare.Standalone.Host;

/// <summary>
/// Returns unused memory of an idle program to the system. The garbage collector waits for an amount of garbage that depends on the processor's cache
/// (hundreds of megabytes on large machines), which an idle program reaches in half an hour and keeps. A full collection of a small heap takes about
/// 20 ms. Large heaps are left alone: they mean recent traffic.
/// </summary>
internal sealed class IdleMemory : BackgroundService
{
    private const long Little = 1 << 20, Busy = 20 << 20, SmallHeap = 96 << 20;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look);
        var before = GC.GetTotalAllocatedBytes();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = GC.GetTotalAllocatedBytes();
                // The bytes allocated since the last check show whether the program is idle.
                if (now - before is > Little and < Busy && GC.GetTotalMemory(forceFullCollection: false) < SmallHeap)
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    Linux.GiveBackMemory();
                }

                before = now;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Graceful shutdown.
        }
    }
}
