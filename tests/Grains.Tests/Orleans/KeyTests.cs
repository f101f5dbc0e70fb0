namespace GifShare.Grains.Tests.Orleans;

public sealed class KeyTests(OrleansCluster cluster)
{
    [Theory, InlineData(0), InlineData(1), InlineData(-1), InlineData(long.MaxValue), InlineData(long.MinValue)]
    public async Task Integer_keys_arrive(long key)
    {
        var grain = cluster.Client.GetGrain<IIntegerKeyGrain>(key);
        Assert.Equal(key, grain.GetPrimaryKeyLong());
        Assert.Equal(key, await grain.Key());
    }

    [Theory, InlineData("a"), InlineData("an/odd key, ÄÖ+"), InlineData("01")]
    public async Task String_keys_arrive(string key)
    {
        var grain = cluster.Client.GetGrain<IStringKeyGrain>(key);
        Assert.Equal(key, grain.GetPrimaryKeyString());
        Assert.Equal(key, await grain.Key());
    }

    [Fact]
    public async Task Guid_keys_arrive_and_are_known_in_the_constructor()
    {
        var key = Guid.CreateVersion7();
        var grain = cluster.Client.GetGrain<IGuidKeyGrain>(key);
        Assert.Equal(key, grain.GetPrimaryKey());
        Assert.Equal(key, await grain.Key());
        Assert.Equal(key, await grain.KeyOfSelf());
        Assert.True(await grain.ServicesAreScoped());
    }
}
