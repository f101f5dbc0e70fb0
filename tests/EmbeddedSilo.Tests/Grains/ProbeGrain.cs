namespace GifShare.EmbeddedSilo.Tests;

[GrainType("test-probe")]
public sealed class ProbeGrain : Grain, IProbeGrain
{
    public Task<string> Echo(string text) => Task.FromResult(text);

    public ValueTask<Guid> Key() => new(this.GetPrimaryKey());
}
