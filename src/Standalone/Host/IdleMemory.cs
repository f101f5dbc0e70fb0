namespace GifShare.Standalone.Host;

/// <summary>
/// Returns memory that an idle program does not use. The garbage collector waits for an amount of garbage that depends on the processor's cache, on large
/// machines hundreds of megabytes: an idle program reaches that in half an hour and stays there. A full collection of a small heap takes some
/// 20 ms. A large heap is left alone, because somebody has just been reading pages.
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
                // The bytes allocated since the last look tell whether anybody uses the program.
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
            // The program is stopping.
        }
    }
}
