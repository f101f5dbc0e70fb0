using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace GifShare.Faults.Tests;

/// <summary>
/// Asks another .NET process to collect its garbage, as dotnet-gcdump does: an event session with the keyword GCHeapCollect
/// over its diagnostic socket (dotnet/diagnostics, documentation/design-docs/ipc-protocol.md). Then its memory is what it holds.
/// </summary>
internal static partial class GarbageCollection
{
    private const ulong HeapCollect = 0x800000;

    /// <summary>Bytes on the managed heap after a full collection, as its <c>/metrics</c> say.</summary>
    public static async Task<long> HeapAsync(int process, Uri address, CancellationToken cancellationToken)
    {
        var before = Metric(await MetricsAsync(address, cancellationToken), Collections());
        await using (var session = await StartAsync(process, cancellationToken))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            while (Metric(await MetricsAsync(address, cancellationToken), Collections()) == before)
                await Task.Delay(50, limit.Token);
        }

        return Metric(await MetricsAsync(address, cancellationToken), Heap());
    }

    private static async Task<string> MetricsAsync(Uri address, CancellationToken cancellationToken)
    {
        using var wire = new Wire(address);
        return (await wire.SendAsync(new Request("GET", "/metrics").ToBytes(), cancellationToken)).Text;
    }

    private static long Metric(string metrics, Regex name) =>
        name.Matches(metrics).Sum(m => (long)double.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture));

    private static async Task<NetworkStream> StartAsync(int process, CancellationToken cancellationToken)
    {
        var path = Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process}-*-socket").Single();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        var stream = new NetworkStream(socket, ownsSocket: true);
        using var message = new MemoryStream();
        using var writer = new BinaryWriter(message);
        const byte eventPipe = 2, collectTracing2 = 3;
        var provider = Encoding.Unicode.GetBytes("Microsoft-Windows-DotNETRuntime\0");
        var length = 20 + 4 + 4 + 1 + 4 + 8 + 4 + 4 + provider.Length + 4;
        writer.Write("DOTNET_IPC_V1\0"u8);
        writer.Write((ushort)length);
        writer.Write(eventPipe);
        writer.Write(collectTracing2);
        writer.Write((ushort)0);
        writer.Write(1); // MB of buffer
        writer.Write(1); // nettrace
        writer.Write(false); // no rundown
        writer.Write(1); // providers
        writer.Write(HeapCollect);
        writer.Write(4); // informational
        writer.Write(provider.Length / 2);
        writer.Write(provider);
        writer.Write(0); // no arguments
        await stream.WriteAsync(message.ToArray(), cancellationToken);
        return stream;
    }

    [GeneratedRegex("""^dotnet_gc_collections_total\{gc_heap_generation="gen2"\} (\S+)""", RegexOptions.Multiline)]
    private static partial Regex Collections();

    [GeneratedRegex("""^dotnet_gc_last_collection_heap_size_bytes\{[^}]*\} (\S+)""", RegexOptions.Multiline)]
    private static partial Regex Heap();
}
