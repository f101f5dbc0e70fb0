using GifShare.Fixtures;
using GifShare.Grains.Streams;
using GifShare.Streams;
using static GifShare.Grains.Tests.Streams.StreamsCluster;

namespace GifShare.Grains.Tests.Streams;

/// <summary>engine.md, Streams: one test per statement, on two silos, for each provider.</summary>
public abstract class StreamTests(StreamsFixture fixture)
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    private StreamsCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task An_event_of_any_silo_reaches_each_silo_and_every_shard_works()
    {
        foreach (var from in Cluster.Silos)
        {
            Guid[] authors = [.. Enumerable.Range(0, Shards.Count).Select(AuthorOf)];
            foreach (var author in authors)
                PublisherOf(from).Publish(author, new(author, 1));
            foreach (var to in Cluster.Silos)
                await Eventually.True(() => authors.All(author => LedgerOf(to).Of(author) is [1]), Test);
        }
    }

    [Fact]
    public async Task Events_of_one_shard_and_publisher_come_in_order_and_once()
    {
        Guid[] authors = [.. Cluster.Silos.Select(static _ => AuthorOf(3))];
        await Task.WhenAll(Cluster.Silos.Zip(authors, (silo, author) => Task.Run(() =>
        {
            for (var i = 1; i <= 500; i++)
                PublisherOf(silo).Publish(author, new(author, i));
        })));
        foreach (var silo in Cluster.Silos)
            foreach (var author in authors)
            {
                await Eventually.True(() => LedgerOf(silo).Of(author).Length == 500, Test);
                Assert.Equal(Enumerable.Range(1, 500).Select(static i => (long)i), LedgerOf(silo).Of(author));
            }
    }

    [Fact]
    public async Task A_duplicate_is_recognised_by_its_sequence()
    {
        var (publisher, author) = (Guid.CreateVersion7(), AuthorOf(1));
        await Cluster.SendAsync(publisher, 1, new(author, 1));
        await Cluster.SendAsync(publisher, 1, new(author, 1));
        await Cluster.SendAsync(publisher, 2, new(author, 2));
        await Cluster.SendAsync(publisher, 1, new(author, 1));
        await Cluster.SendAsync(publisher, 3, new(author, 3));
        foreach (var silo in Cluster.Silos)
        {
            await Eventually.True(() => LedgerOf(silo).Of(author).Contains(3), Test);
            Assert.Equal([1, 2, 3], LedgerOf(silo).Of(author));
        }
    }

    [Fact]
    public async Task A_gap_is_noticed_and_told_to_each_silo()
    {
        // The only test that uses this shard's gaps.
        var (publisher, author) = (Guid.CreateVersion7(), AuthorOf(5));
        await Cluster.SendAsync(publisher, 1, new(author, 1));
        foreach (var silo in Cluster.Silos)
            await Eventually.True(() => LedgerOf(silo).Of(author) is [1], Test);
        int[] before = [.. Cluster.Silos.Select(static silo => LedgerOf(silo).GapsOf(5))];
        await Cluster.SendAsync(publisher, 3, new(author, 3));
        await Cluster.SendAsync(publisher, 4, new(author, 4));
        foreach (var (silo, gaps) in Cluster.Silos.Zip(before))
        {
            await Eventually.True(() => LedgerOf(silo).Of(author) is [1, 3, 4], Test);
            Assert.Equal(gaps + 1, LedgerOf(silo).GapsOf(5));
        }
    }

    [Fact]
    public async Task A_subscription_that_has_gone_is_made_again_and_its_shard_is_read_again()
    {
        int[] before = [.. Cluster.Silos.Select(static silo => LedgerOf(silo).GapsOf(7))];
        var manager = Cluster.Manager();
        foreach (var one in await manager.GetSubscriptions(ShardedStream.Provider, IdOf(7)))
            await manager.RemoveSubscription(ShardedStream.Provider, IdOf(7), one.SubscriptionId);
        foreach (var (silo, gaps) in Cluster.Silos.Zip(before))
            await Eventually.True(() => LedgerOf(silo).GapsOf(7) > gaps, Test);
        await Cluster.SubscribedAsync(Cluster.Silos.Count);
        var author = AuthorOf(7);
        PublisherOf(Cluster.Silos[0]).Publish(author, new(author, 1));
        foreach (var silo in Cluster.Silos)
            await Eventually.True(() => LedgerOf(silo).Of(author) is [1], Test);
    }
}

public sealed class MemoryStreamTests(MemoryStreamTests.Fixture fixture) : StreamTests(fixture), IClassFixture<MemoryStreamTests.Fixture>
{
    public sealed class Fixture() : StreamsFixture(StreamsOptions.Memory);
}

public sealed class AdoNetStreamTests(AdoNetStreamTests.Fixture fixture) : StreamTests(fixture), IClassFixture<AdoNetStreamTests.Fixture>
{
    public sealed class Fixture() : StreamsFixture(StreamsOptions.AdoNet);
}

/// <summary>The cluster of one class. A listener that throws on everything stands before the ledger: it blocks neither others nor what follows.</summary>
public abstract class StreamsFixture(string provider) : IAsyncLifetime
{
    private StreamsCluster? cluster;

    public StreamsCluster Cluster => cluster!;

    public async ValueTask InitializeAsync() => cluster = await StreamsCluster.StartAsync(provider, before: new BrokenListener());

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (cluster is not null)
            await cluster.DisposeAsync();
    }
}
