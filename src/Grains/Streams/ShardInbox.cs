using GifShare.Streams;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace GifShare.Grains.Streams;

/// <summary>
/// Receives one shard's events on one silo and passes them to the listeners. Never throws: Orleans would retry a failed delivery for a
/// minute and hold back later events.
/// </summary>
internal sealed class ShardInbox<T>(int shard, string stream, IShardListener<T>[] listeners, StreamFigures figures, ILogger log) : IAsyncObserver<ShardEvent<T>>
{
    // While a queue moves to another silo, both silos may deliver concurrently.
    private readonly Lock one = new();
    private readonly ShardSequences sequences = new();

    public int Shard => shard;

    /// <summary>The subscription; null until subscribed.</summary>
    public StreamSubscriptionHandle<ShardEvent<T>>? Handle { get; set; }

    public Task OnNextAsync(ShardEvent<T> item, StreamSequenceToken? token = null)
    {
        lock (one)
        {
            switch (sequences.Note(item.Publisher, item.Sequence))
            {
                case Arrival.Duplicate:
                    figures.Duplicates.Add(1, StreamFigures.Of(stream));
                    return Task.CompletedTask;
                case Arrival.Gap:
                    TellGap();
                    break;
            }

            foreach (var listener in listeners)
                Guarded(listener, static (listener, at, value) => listener.OnEvent(at, value), item.Value);
        }

        return Task.CompletedTask;
    }

    /// <summary>The queue has dropped events.</summary>
    public Task OnErrorAsync(Exception ex)
    {
        Gap();
        return Task.CompletedTask;
    }

    public void Gap()
    {
        lock (one)
            TellGap();
    }

    private void TellGap()
    {
        figures.Gaps.Add(1, StreamFigures.Of(stream));
        foreach (var listener in listeners)
            Guarded(listener, static (listener, at, _) => listener.OnGap(at), default!);
    }

    private void Guarded(IShardListener<T> listener, Action<IShardListener<T>, int, T> call, T value)
    {
        try
        {
            call(listener, shard, value);
        }
        catch (Exception e)
        {
            figures.ListenerFaults.Add(1, StreamFigures.Of(stream));
            StreamsLog.ListenerFailed(log, e, listener.GetType().Name, stream);
        }
    }
}
