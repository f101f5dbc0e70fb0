using GifShare.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Streams;

namespace GifShare.Grains.Streams;

/// <summary>
/// Subscribes this silo to one stream and passes events to the listeners. The subscriber is the silo's cluster client, not a grain: when a
/// silo dies, the pulling agents drop the subscription of its client with the first event. A grain's subscription would move to another
/// silo and delay delivery (tried). Every minute the subscriber checks that its subscriptions exist.
/// </summary>
public sealed class ShardSubscriber<T>(
    ShardedStream<T> stream, IClusterClient client, IClusterMembershipService members, IEnumerable<IShardListener<T>> listeners,
    IOptions<StreamsOptions> options, StreamFigures figures, TimeProvider time, ILogger<ShardSubscriber<T>> log) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2), Farewell = TimeSpan.FromSeconds(2);

    private readonly ShardInbox<T>[] inboxes =
        [.. Enumerable.Range(0, Shards.Count).Select(shard => new ShardInbox<T>(shard, stream.Name, [.. listeners], figures, log))];

    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(ShardSubscriber<T>), ServiceLifecycleStage.Active + 1, Start, Stop);

    public void Dispose() => stopping.Dispose();

    private IAsyncStream<ShardEvent<T>> StreamOf(int shard) =>
        client.GetStreamProvider(ShardedStream.Provider).GetStream<ShardEvent<T>>(StreamId.Create(stream.Name, shard));

    /// <summary>Does not delay or fail the silo's start: events are only hints, and subscribing is retried.</summary>
    private Task Start(CancellationToken cancel)
    {
#pragma warning disable RS0030 // Not grain code, and must not run on the scheduler of the silo's start.
        running = Task.WhenAll(Task.Run(KeepSubscribed, CancellationToken.None), Task.Run(FollowMembers, CancellationToken.None));
#pragma warning restore RS0030
        return Task.CompletedTask;
    }

    private async Task Stop(CancellationToken cancel)
    {
        await stopping.CancelAsync();
        if (cancel.IsCancellationRequested)
            return;
        try
        {
            await running.WaitAsync(Farewell, CancellationToken.None);
            await Task.WhenAll(inboxes.Select(static inbox => inbox.Handle?.UnsubscribeAsync() ?? Task.CompletedTask)).WaitAsync(Farewell, CancellationToken.None);
        }
        catch (Exception e)
        {
            // Best effort: other silos drop the subscription later.
            StreamsLog.NotUnsubscribed(log, stream.Name, e.Message);
        }
    }

    private async Task KeepSubscribed()
    {
        var often = TimeSpan.FromSeconds(options.Value.CheckSeconds);
        do
        {
            var isComplete = true;
            foreach (var inbox in inboxes)
                isComplete &= await EnsureSubscribed(inbox);
            await Task.Delay(isComplete ? often : Soon, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!stopping.IsCancellationRequested);
    }

    private async Task<bool> EnsureSubscribed(ShardInbox<T> inbox)
    {
        if (stopping.IsCancellationRequested)
            return true;
        try
        {
            var shard = StreamOf(inbox.Shard);
            var mine = await shard.GetAllSubscriptionHandles();
            if (inbox.Handle is { } handle && mine.Any(one => one.HandleId == handle.HandleId))
                return true;
            // A second subscription, left by an attempt with an unknown outcome, would deliver every event twice.
            foreach (var left in mine)
                await left.UnsubscribeAsync();
            var isNew = inbox.Handle is null;
            inbox.Handle = await shard.SubscribeAsync(inbox);
            if (!isNew)
                StreamsLog.SubscribedAgain(log, inbox.Shard, stream.Name);
            inbox.Gap();
            return true;
        }
        catch (Exception e)
        {
            if (!stopping.IsCancellationRequested)
                StreamsLog.NotSubscribed(log, inbox.Shard, stream.Name, e.GetBaseException().Message, (int)Soon.TotalSeconds);
            return false;
        }
    }

    /// <summary>
    /// Reports a gap when a silo dies: its queued events are lost, and if one was the last of its shard, no later event reveals the gap.
    /// They were all published before the silo was declared dead, so rows read now include their changes.
    /// </summary>
    private async Task FollowMembers()
    {
        try
        {
            var before = members.CurrentSnapshot;
            await foreach (var now in members.MembershipUpdates.WithCancellation(stopping.Token))
            {
                if (now.Members.Values.Any(member => member.Status == SiloStatus.Dead && before.GetSiloStatus(member.SiloAddress) is not SiloStatus.Dead and not SiloStatus.None))
                    foreach (var inbox in inboxes)
                        inbox.Gap();
                before = now;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception e)
        {
            StreamsLog.MembersLost(log, e, stream.Name);
        }
    }
}
