using System.Collections.Concurrent;
using GifShare.Grains.Database;
using GifShare.Grains.Streams;
using Microsoft.Extensions.Hosting;

namespace GifShare.SiloHost;

/// <summary>Knows every row of <c>test_happenings</c> as a feed would: by events, and by reading rows when it is told of a gap.</summary>
internal sealed class Reader(Postgres postgres) : BackgroundService, IShardListener<Happening>
{
    private readonly ConcurrentDictionary<long, bool> byRows = new();
    private readonly SemaphoreSlim gaps = new(0);

    public int Known => byRows.Count;

    public int ByRows => byRows.Count(static one => one.Value);

    public void OnEvent(int shard, Happening value) => byRows.TryAdd(value.Number, false);

    public void OnGap(int shard) => gaps.Release();

    public override void Dispose()
    {
        gaps.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await gaps.WaitAsync(stoppingToken);
            // One reading answers all gaps that were told before it.
            while (gaps.Wait(0, stoppingToken))
            {
            }

            foreach (var number in await Rows.All(postgres))
                byRows.TryAdd(number, true);
        }
    }
}
