namespace GifShare.SiloHost;

/// <summary>What the streams of tests carry.</summary>
/// <param name="Author">Decides the shard.</param>
/// <param name="Number">The row's id, or whatever a test counts by.</param>
[GenerateSerializer, Immutable, Alias("test.Happening")]
public sealed record Happening([property: Id(0)] Guid Author, [property: Id(1)] long Number);
