namespace GifShare.Grains.Operations;

/// <summary>
/// The most frequent of very many keys in a fixed number of counters: Space-Saving (Metwally, Agrawal, El Abbadi: Efficient Computation of
/// Frequent and Top-k Elements in Data Streams, ICDT 2005). A key that has no counter takes over the smallest one and inherits its count as
/// its possible error. So a count is never too small, too large by at most total / capacity, and a key with more than that is always
/// present. Not thread-safe.
/// </summary>
/// <remarks>No package for .NET has it; a meter with a label for each grain would keep a counter for every grain that was ever called.</remarks>
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
            // With some tens of counters the search is as fast as keeping them sorted.
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

    /// <summary>What each key was added for at least; its true weight is between that and <c>Least + Error</c>.</summary>
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
