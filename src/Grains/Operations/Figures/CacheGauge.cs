using GifShare.Operations;

namespace GifShare.Grains.Operations;

/// <summary>The cache of finished pages as operators see it; the feature that has it registers this.</summary>
public sealed record CacheGauge(Func<CacheReport> Read);
