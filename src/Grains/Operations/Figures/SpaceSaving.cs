namespace GifShare.Grains.Operations;

/// <summary>
/// Finds the most frequent of many keys with a fixed number of counters: Space-Saving (Metwally, Agrawal, El Abbadi: Efficient Computation of
/// Frequent and Top-k Elements in Data Streams, ICDT 2005). A key without a counter takes over the smallest one and inherits its count as the
/// maximum error. So counts are never too low, too high by at most total / capacity, and a key with a higher share is always present.
/// Not thread-safe.
/// </summary>
/// <remarks>No .NET package implements it, and a meter with one label per grain would keep a counter for every grain ever called.</remarks>
public sealed class SpaceSaving<TKey>(int capacity) where TKey : struct, IEquatable<TKey>
{
    private readonly Dictionary<TKey, int> places = new(capacity);
    private readonly TKey[] keys = new TKey[capacity];
    private readonly long[] counts = new long[capacity];
    private readonly long[] errors = new long[capacity];

    public int Count => places.Count;

    public long Total { get; private set; }

    public void Add(in TKey key, long weight)
    {
        Total += weight;
        if (places.TryGetValue(key, out var place))
        {
            counts[place] += weight;
            return;
        }

        if (places.Count < capacity)
        {
            place = places.Count;
            counts[place] = 0;
        }
        else
        {
            // With a few dozen counters, a linear search is as fast as keeping them sorted.
            place = 0;
            for (var i = 1; i < counts.Length; i++)
                if (counts[i] < counts[place])
                    place = i;
            places.Remove(keys[place]);
        }

        errors[place] = counts[place];
        counts[place] += weight;
        keys[place] = key;
        places.Add(key, place);
    }

    /// <summary>A lower bound of each key's weight; the true weight is at most <c>Least + Error</c>.</summary>
    public IEnumerable<(TKey Key, long Least, long Error)> Entries()
    {
        for (var i = 0; i < places.Count; i++)
            yield return (keys[i], counts[i] - errors[i], errors[i]);
    }

    public void Clear()
    {
        places.Clear();
        Total = 0;
    }
}
