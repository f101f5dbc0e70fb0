using System.Diagnostics.Metrics;

namespace GifShare.Grains.Streams;

/// <summary>Metrics of stream failures on this silo.</summary>
public sealed class StreamFigures : IDisposable
{
    private readonly Meter meter = new("GifShare.Grains.Streams");

    public StreamFigures()
    {
        Unpublished = meter.CreateCounter<long>("gifshare.stream.unpublished", description: "Events that were not sent, or whose outcome is unknown.");
        Gaps = meter.CreateCounter<long>("gifshare.stream.gaps", description: "Times that listeners were told to read rows again.");
        Duplicates = meter.CreateCounter<long>("gifshare.stream.duplicates", description: "Events delivered twice and dropped.");
        ListenerFaults = meter.CreateCounter<long>("gifshare.stream.listener.faults", description: "Listeners that threw; each is a bug.");
    }

    public Counter<long> Unpublished { get; }

    public Counter<long> Gaps { get; }

    public Counter<long> Duplicates { get; }

    public Counter<long> ListenerFaults { get; }

    public static KeyValuePair<string, object?> Of(string stream) => new("stream", stream);

    public void Dispose() => meter.Dispose();
}
