using GifShare.Fixtures;
using GifShare.Grains.Database;
using GifShare.Grains.Streams;
using GifShare.Silo;
using GifShare.SiloHost;
using GifShare.Streams;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Streams;
using Orleans.Streams.Core;
using Orleans.Streams.PubSub;

namespace GifShare.Grains.Tests.Streams;

/// <summary>Two silos with a stream switched on and wired as the product wires it, and a database of their own.</summary>
public sealed class StreamsCluster : IAsyncDisposable
{
    public const string Name = "happenings";

    private readonly ITestCluster cluster;

    private StreamsCluster(TestDatabase database, ITestCluster cluster) => (Database, this.cluster) = (database, cluster);

    public TestDatabase Database { get; }

    public IReadOnlyList<IServiceProvider> Silos => cluster.Silos;

    public static async Task<StreamsCluster> StartAsync(string provider, bool noticeLossesSoon = false, params IShardListener<Happening>[] before)
    {
        var database = await TestDatabase.CreateAsync();
        await Migrations.Apply(database.ConnectionString);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Streams:Provider"] = provider,
            ["Streams:CheckSeconds"] = "1",
        }).Build();
        var cluster = await TestCluster.StartAsync(silo =>
        {
            if (noticeLossesSoon)
                silo.NoticeLossesSoon();
            silo.Services.AddSingleton<IConfiguration>(configuration);
            silo.Services.AddSingleton(new Postgres(database.ConnectionString, new(), TimeProvider.System, NullLogger<SilenceWatch>.Instance));
            foreach (var listener in before)
                silo.Services.AddSingleton(listener);
            silo.Services.AddSingleton<Ledger>().AddSingleton<IShardListener<Happening>>(static services => services.GetRequiredService<Ledger>());
            silo.Services.AddShardedStream<Happening>(Name);
            silo.AddStreams(configuration);
        });
        var streams = new StreamsCluster(database, cluster);
        await streams.SubscribedAsync(2);
        return streams;
    }

    public static Ledger LedgerOf(IServiceProvider silo) => silo.GetRequiredService<Ledger>();

    public static ShardPublisher<Happening> PublisherOf(IServiceProvider silo) => silo.GetRequiredService<ShardPublisher<Happening>>();

    public static IStreamProvider ProviderOf(IServiceProvider silo) => silo.GetRequiredService<IClusterClient>().GetStreamProvider(ShardedStream.Provider);

    public static StreamId IdOf(int shard) => StreamId.Create(Name, shard);

    /// <summary>A new author of this shard.</summary>
    public static Guid AuthorOf(int shard)
    {
        while (true)
        {
            var author = Guid.CreateVersion7();
            if (Shards.Of(author) == shard)
                return author;
        }
    }

    /// <summary>Sends an event past the publisher, with whatever publisher and number.</summary>
    public Task SendAsync(Guid publisher, long sequence, Happening value) => ProviderOf(Silos[0])
        .GetStream<ShardEvent<Happening>>(IdOf(Shards.Of(value.Author))).OnNextAsync(new(publisher, sequence, value));

    /// <summary>What the cluster believes: subscriptions of each shard, whoever they belong to.</summary>
    public async Task<int[]> SubscriptionsAsync() => await Task.WhenAll(Enumerable.Range(0, Shards.Count)
        .Select(async shard => (await Manager().GetSubscriptions(ShardedStream.Provider, IdOf(shard))).Count()));

    public IStreamSubscriptionManager Manager() =>
        ProviderOf(Silos[0]).TryGetStreamSubscriptionManager(out var manager) ? manager : throw new InvalidOperationException("The provider has no explicit subscriptions.");

    /// <summary>Waits until each shard has this many subscriptions.</summary>
    public Task SubscribedAsync(int silos) =>
        Eventually.True(async () => (await SubscriptionsAsync()).All(count => count == silos), TestContext.Current.CancellationToken);

    public Task StopAsync(IServiceProvider silo) => cluster.StopAsync(silo);

    public Task KillAsync(IServiceProvider silo) => cluster.KillAsync(silo);

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        await Database.DisposeAsync();
    }
}
