using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>Reads the figures of the page cache; registered by the feature that has the cache.</summary>
public sealed record CacheGauge(Func<CacheReport> Read);
