using GifShare.Fixtures;
using GifShare.Grains.Streams;
using GifShare.Silo;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.Streams;

namespace GifShare.Grains.Tests.Streams;

public sealed class StreamsOffTests
{
    [Fact]
    public async Task A_silo_whose_features_use_no_stream_runs_nothing_of_them()
    {
        await using var cluster = await TestCluster.StartAsync(static silo => silo.AddStreams(new ConfigurationBuilder().Build()));
        Assert.All(cluster.Silos, static silo =>
        {
            Assert.Null(silo.GetKeyedService<IStreamProvider>(ShardedStream.Provider));
            Assert.Null(silo.GetKeyedService<IGrainStorage>("PubSubStore"));
            Assert.Null(silo.GetService<StreamFigures>());
        });
        var grains = await cluster.Client.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(grains, static one => one.GrainType.Contains("Stream", StringComparison.Ordinal) || one.GrainType.Contains("PubSub", StringComparison.Ordinal));
    }
}
