using GifShare.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Streams;

namespace GifShare.Grains.Streams;

/// <summary>
/// Hears one stream for this silo and hands it to the listeners here. The subscriber is the silo's own client, outside of any grain: when a
/// silo dies, the others find its client gone with the first event and drop the subscription, while that of a grain would be moved to
/// another silo and hold up delivery (tried). Every minute it makes sure that its subscriptions still exist.
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

    /// <summary>The silo starts also when nothing can be subscribed yet: events are hints.</summary>
    private Task Start(CancellationToken cancel)
    {
#pragma warning disable RS0030 // It belongs to no grain, and the silo's start must not lend it its scheduler.
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
            // A silo that leaves does not wait for anybody; the others clean up behind it.
            StreamsLog.NotUnsubscribed(log, stream.Name, e.Message);
        }
    }

    private async Task KeepSubscribed()
    {
        var often = TimeSpan.FromSeconds(options.Value.CheckSeconds);
        do
        {
            var all = true;
            foreach (var inbox in inboxes)
                all &= await MakeSure(inbox);
            await Task.Delay(all ? often : Soon, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!stopping.IsCancellationRequested);
    }

    private async Task<bool> MakeSure(ShardInbox<T> inbox)
    {
        if (stopping.IsCancellationRequested)
            return true;
        try
        {
            var shard = StreamOf(inbox.Shard);
            var mine = await shard.GetAllSubscriptionHandles();
            if (inbox.Handle is { } handle && mine.Any(one => one.HandleId == handle.HandleId))
                return true;
            // What is left of an attempt whose answer was lost would deliver everything twice.
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
    /// A silo that dies takes with it what it had queued, be it the last event of a shard, which no later one betrays. All of that was sent
    /// before the silo was declared dead, so reading rows now misses nothing.
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
