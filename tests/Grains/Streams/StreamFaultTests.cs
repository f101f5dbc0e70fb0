using System.Diagnostics.Metrics;
using GifShare.Fixtures;
using GifShare.Grains.Streams;
using GifShare.Streams;
using Microsoft.Extensions.DependencyInjection;
using static GifShare.Grains.Tests.Streams.StreamsCluster;

namespace GifShare.Grains.Tests.Streams;

/// <summary>engine.md, Streams: silos that die or leave, listeners that throw, events that cannot be sent. Each with a cluster of its own.</summary>
public sealed class StreamFaultTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory, InlineData(StreamsOptions.Memory), InlineData(StreamsOptions.AdoNet)]
    public async Task After_a_silo_was_killed_the_other_keeps_hearing_is_told_and_no_subscription_of_the_dead_one_stays(string provider)
    {
        await using var cluster = await StreamsCluster.StartAsync(provider, noticeLossesSoon: true);
        var survivor = cluster.Silos[0];
        var ledger = LedgerOf(survivor);
        int[] gaps = [.. Enumerable.Range(0, Shards.Count).Select(ledger.GapsOf)];

        await cluster.KillAsync(cluster.Silos[1]);

        await Eventually.True(() => Enumerable.Range(0, Shards.Count).All(shard => ledger.GapsOf(shard) > gaps[shard]), Test);
        for (var shard = 0; shard < Shards.Count; shard++)
        {
            // What was queued on the dead silo, or sent to it, is lost; what comes after it arrives.
            var author = AuthorOf(shard);
            var sent = 0;
            await Eventually.True(() =>
            {
                PublisherOf(survivor).Publish(author, new(author, ++sent));
                return ledger.Of(author).Length > 0;
            }, Test);
        }

        await cluster.SubscribedAsync(1);
    }

    [Fact]
    public async Task A_silo_that_leaves_takes_its_subscriptions_with_it()
    {
        await using var cluster = await StreamsCluster.StartAsync(StreamsOptions.Memory);
        await cluster.StopAsync(cluster.Silos[1]);
        // No event was sent that could have shown the others that it has gone.
        Assert.All(await cluster.SubscriptionsAsync(), static count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task An_event_that_cannot_be_sent_is_counted_not_thrown_and_shows_as_a_gap()
    {
        await using var cluster = await StreamsCluster.StartAsync(StreamsOptions.AdoNet);
        var (silo, author) = (cluster.Silos[0], AuthorOf(2));
        using var unpublished = Counted(silo.GetRequiredService<StreamFigures>().Unpublished, out var count);
        var gaps = LedgerOf(silo).GapsOf(2);

        await cluster.Database.SetAwayAsync(true);
        PublisherOf(silo).Publish(author, new(author, 1));
        await Eventually.True(() => count() == 1, Test);
        await cluster.Database.SetAwayAsync(false);

        Assert.Equal(gaps, LedgerOf(silo).GapsOf(2));
        await Eventually.True(() =>
        {
            PublisherOf(silo).Publish(author, new(author, 2));
            return LedgerOf(silo).Of(author).Length > 0;
        }, Test);
        Assert.DoesNotContain(1, LedgerOf(silo).Of(author));
        Assert.True(LedgerOf(silo).GapsOf(2) > gaps);
    }

    [Fact]
    public async Task Publishing_on_a_silo_that_has_left_throws_nothing()
    {
        await using var cluster = await StreamsCluster.StartAsync(StreamsOptions.Memory);
        var (leaving, author) = (PublisherOf(cluster.Silos[1]), AuthorOf(0));
        await cluster.StopAsync(cluster.Silos[1]);
        leaving.Publish(author, new(author, 1));
    }

    private static MeterListener Counted(Counter<long> counter, out Func<long> sum)
    {
        long total = 0;
        var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (ReferenceEquals(instrument, counter)) listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, measured, _, _) => Interlocked.Add(ref total, measured));
        listener.Start();
        sum = () => Interlocked.Read(ref total);
        return listener;
    }
}
