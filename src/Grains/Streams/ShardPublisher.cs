using System.Threading.Channels;
using GifShare.Streams;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace GifShare.Grains.Streams;

/// <summary>
/// Publishes this silo's events of one stream. Publishing never waits and never fails: an event enters the bounded queue of its shard, and one
/// task per shard sends the queue in sequence order. An event that cannot be sent is counted, logged and dropped. It has used its sequence
/// number, so subscribers detect the gap with the next event and re-read rows.
/// </summary>
public sealed class ShardPublisher<T>(ShardedStream<T> stream, IClusterClient client, StreamFigures figures, ILogger<ShardPublisher<T>> log)
    : ILifecycleParticipant<ISiloLifecycle>
{
    // Buffers a lost silo's failover of about 11 s at 90 events a second per shard.
    private const int Waiting = 1000;

    // A batch of this size stays well below the 1 MB block of a memory queue.
    private const int AtOnce = 100;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly Shard[] shards = [.. Enumerable.Range(0, Shards.Count).Select(static _ => new Shard())];
    private Task sending = Task.CompletedTask;

    /// <summary>Identifies this silo's events (<see cref="ShardEvent{T}.Publisher"/>); new at each start.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    /// <summary>Sends an event to every silo. Must be called after the rows are committed.</summary>
    /// <param name="key">The entity of the event; determines the shard.</param>
    public void Publish(Guid key, T value)
    {
        if (!shards[Shards.Of(key)].TryAdd(Id, value))
            Lost(1, "too many are waiting, or the silo stops");
    }

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(ShardPublisher<T>), ServiceLifecycleStage.Active + 1, Start, Stop);

    private Task Start(CancellationToken cancel)
    {
        var provider = client.GetStreamProvider(ShardedStream.Provider);
#pragma warning disable RS0030 // Not grain code, and must not run on the scheduler of the silo's start.
        sending = Task.WhenAll(shards.Select((shard, at) =>
            Task.Run(() => Send(shard, provider.GetStream<ShardEvent<T>>(StreamId.Create(stream.Name, at))), CancellationToken.None)));
#pragma warning restore RS0030
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancel)
    {
        foreach (var shard in shards)
            shard.Waiting.Writer.TryComplete();
        try
        {
            await sending.WaitAsync(Farewell, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // Unsent events are a gap that subscribers detect.
        }
    }

    private async Task Send(Shard shard, IAsyncStream<ShardEvent<T>> to)
    {
        var batch = new List<ShardEvent<T>>(AtOnce);
        while (await shard.Waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < AtOnce && shard.Waiting.Reader.TryRead(out var next))
                batch.Add(next);
            try
            {
                await to.OnNextBatchAsync([.. batch]);
            }
            catch (Exception e)
            {
                // Any failure: the rows are committed, and later events must still be sent.
                Lost(batch.Count, e.GetBaseException().Message);
            }

            batch.Clear();
        }
    }

    private void Lost(int count, string cause)
    {
        figures.Unpublished.Add(count, StreamFigures.Of(stream.Name));
        StreamsLog.NotPublished(log, count, stream.Name, cause);
    }

    private sealed class Shard
    {
        private readonly Lock adding = new();
        private long sequence;

        public Channel<ShardEvent<T>> Waiting { get; } = Channel.CreateBounded<ShardEvent<T>>(new BoundedChannelOptions(ShardPublisher<T>.Waiting) { SingleReader = true });

        public bool TryAdd(Guid publisher, T value)
        {
            lock (adding)
                return Waiting.Writer.TryWrite(new(publisher, ++sequence, value));
        }
    }
}
