using System.Globalization;
using GifShare.Bench.Load;
using GifShare.Bench.Systems;
using GifShare.Standalone.Host;

namespace GifShare.Bench.Rows;

/// <summary>
/// Memory of an active collection of 50 items without its rendered pages. The product runs inside this child process with the smallest page cache
/// possible, so that the garbage collector can report the live heap before and after 5,000 activations.
/// </summary>
internal static class MemoryProbe
{
    private const int Before = 500, Activated = 5_000;

    public static double BytesPerCollection(Stage stage) =>
        double.Parse(Children.RunSelf("memory", stage.Product.DataFolder).Split('\n').Last(line => line.StartsWith("BYTES ", StringComparison.Ordinal))[6..], CultureInfo.InvariantCulture);

    public static async Task<int> Child(string[] args)
    {
        var options = new StandaloneOptions
        {
            Port = 0,
            DataFolder = args[0],
            ReadEnvironment = false,
            Settings = new Dictionary<string, string?>(Product.Settings.Select(set => KeyValuePair.Create(set.Key, (string?)set.Value)))
            {
                ["Collections:PageCacheBytes"] = "1048576",
                ["Logging:LogLevel:Default"] = "Warning",
            },
        };
        await using var host = await StandaloneHost.StartAsync(options, CancellationToken.None);
        Read(host.BaseAddress.Port, World.Many.First, Before);
        var before = await Settled();
        Read(host.BaseAddress.Port, World.Many.First + Before, Activated);
        var after = await Settled();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"BYTES {(after - before) / (double)Activated:0}"));
        return 0;
    }

    private static void Read(int port, int first, int count)
    {
        using var wire = new Wire(port);
        for (var i = 0; i < count; i++)
            if (wire.Send(Wire.Get($"/v1/shared/{World.Token(first + i)}")).Status != 200)
                throw new InvalidOperationException("A shared collection was not answered.");
    }

    private static async Task<long> Settled()
    {
        // View counts are batched for a moment before they are written.
        await Task.Delay(2_000);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
