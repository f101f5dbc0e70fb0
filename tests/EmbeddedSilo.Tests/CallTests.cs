namespace GifShare.EmbeddedSilo.Tests;

public sealed class CallTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_call_reaches_the_grain_of_its_key()
    {
        var key = Guid.CreateVersion7();
        var grain = cluster.Client.GetGrain<IProbeGrain>(key);
        Assert.Equal("hello", await grain.Echo("hello"));
        Assert.Equal(key, await grain.Key());
    }
}
