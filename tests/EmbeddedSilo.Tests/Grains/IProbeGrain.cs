namespace GifShare.EmbeddedSilo.Tests;

[Alias("test.IProbeGrain")]
public interface IProbeGrain : IGrainWithGuidKey
{
    [Alias("Echo")]
    Task<string> Echo(string text);

    [Alias("Key")]
    ValueTask<Guid> Key();
}
