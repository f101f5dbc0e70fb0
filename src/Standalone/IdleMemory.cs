namespace GifShare.Standalone;

/// <summary>
/// Gives back what an idle program does not use. The collector waits until a share of the processor's cache is full of garbage, which on large
/// machines is hundreds of megabytes: an idle household would reach that in half an hour and stay there. Full collections of a small heap
/// take some 20 ms; a large heap, whose pages somebody has just been reading, is left alone.
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
                // What is allocated between two looks tells whether anybody is here.
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
            // Stopping.
        }
    }
}
