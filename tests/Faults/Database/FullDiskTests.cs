using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Faults.Tests.Database;

/// <summary>The disk of the data folder is full. It is a small file system in memory, mounted for the test.</summary>
public sealed class FullDiskTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(FaultScale.Of(4, 20));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_disk_is_full()
    {
        var place = new ProgramFolder("full-disk");
        if (place.TryMount(megabytes: 384) is { } refused)
        {
            place.Dispose();
            Assert.Skip($"a small disk cannot be mounted here: {refused}");
        }

        await using var product = await Product.StartAsync(place, Cancel);
        await using var load = await Load.StartAsync(product);
        var ballast = Path.Combine(product.Data, "ballast");
        await load.EndureAsync("its disk is full", () => FillAsync(ballast), Long, () =>
        {
            File.Delete(ballast);
            return Task.CompletedTask;
            // While the server itself lives, what is there can be read.
        }, tellsUnready: false);
    }

    private static async Task FillAsync(string path)
    {
        var zeros = new byte[64 << 10];
        try
        {
            await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
                await file.WriteAsync(zeros, Cancel);
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
