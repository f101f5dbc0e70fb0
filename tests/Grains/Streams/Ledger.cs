using System.Collections.Concurrent;
using GifShare.Grains.Streams;
using GifShare.SiloHost;

namespace GifShare.Grains.Tests.Streams;

/// <summary>Writes down what one silo heard. Tests look for their own authors and count gaps from where they began.</summary>
public sealed class Ledger : IShardListener<Happening>
{
    private readonly ConcurrentQueue<Happening> events = new();
    private readonly ConcurrentQueue<int> gaps = new();

    /// <summary>The numbers of this author's events, as they came.</summary>
    public long[] Of(Guid author) => [.. events.Where(e => e.Author == author).Select(static e => e.Number)];

    public int GapsOf(int shard) => gaps.Count(gap => gap == shard);

    public void OnEvent(int shard, Happening value) => events.Enqueue(value);

    public void OnGap(int shard) => gaps.Enqueue(shard);
}

/// <summary>A listener with a bug: throws on everything, and stands before the <see cref="Ledger"/>.</summary>
public sealed class BrokenListener : IShardListener<Happening>
{
    public void OnEvent(int shard, Happening value) => throw new InvalidOperationException("a listener with a bug");

    public void OnGap(int shard) => throw new InvalidOperationException("a listener with a bug");
}
