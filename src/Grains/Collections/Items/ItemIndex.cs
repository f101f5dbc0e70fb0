using System.Runtime.InteropServices;

namespace GifShare.Grains.Collections;

/// <summary>One item as kept in memory (about 90 bytes).</summary>
public readonly record struct ItemEntry(Guid Gif, string Position, bool Available);

/// <summary>
/// The order of a collection's items, by position, then gif id. Appends change it in place; every other edit works on a
/// <see cref="Copy"/> that replaces it after the commit.
/// </summary>
public sealed class ItemIndex
{
    private readonly List<ItemEntry> items;

    public ItemIndex(IEnumerable<ItemEntry> ordered, string? highest)
    {
        items = [.. ordered];
        Highest = items.Count > 0 && (highest is null || string.CompareOrdinal(items[^1].Position, highest) > 0) ? items[^1].Position : highest;
        foreach (var item in items)
            Available += item.Available ? 1 : 0;
    }

    private ItemIndex(ItemIndex other) => (items, Highest, Available) = ([.. other.items], other.Highest, other.Available);

    public static ItemIndex Empty => new([], null);

    public int Count => items.Count;

    /// <summary>Number of visible items: those whose gif and the gif's owner are not deleted.</summary>
    public int Available { get; private set; }

    /// <summary>The highest position of any row, removed items included, so that an append never sorts before a restorable item.</summary>
    public string? Highest { get; private set; }

    public ReadOnlySpan<ItemEntry> Items => CollectionsMarshal.AsSpan(items);

    public ItemIndex Copy() => new(this);

    /// <summary>The item's index, or -1. Scanning 10,000 ids takes a few microseconds; a hash table would double the memory.</summary>
    public int Find(GifId gif)
    {
        var span = Items;
        for (var i = 0; i < span.Length; i++)
            if (span[i].Gif == gif.Value)
                return i;
        return -1;
    }

    public bool Has(GifId gif) => Find(gif) >= 0;

    public void Append(GifId gif, string position, bool available = true)
    {
        items.Add(new(gif.Value, position, available));
        Available += available ? 1 : 0;
        Highest = position;
    }

    /// <summary>Inserts an item at its position.</summary>
    public void Insert(GifId gif, string position, bool available = true)
    {
        var entry = new ItemEntry(gif.Value, position, available);
        var (low, high) = (0, items.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Compare(items[middle], entry) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        items.Insert(low, entry);
        Available += available ? 1 : 0;
        if (Highest is null || string.CompareOrdinal(position, Highest) > 0)
            Highest = position;
    }

    public ItemEntry RemoveAt(int index)
    {
        var entry = items[index];
        items.RemoveAt(index);
        Available -= entry.Available ? 1 : 0;
        return entry;
    }

    /// <summary>Makes an item whose gif was deleted invisible; it keeps its position.</summary>
    public void Hide(GifId gif)
    {
        var index = Find(gif);
        if (!items[index].Available)
            return;
        items[index] = items[index] with { Available = false };
        Available--;
    }

    /// <summary>
    /// The positions between which an item before or after an anchor belongs. False when the anchor is absent.
    /// Remove items that are moved first, so that none is its own neighbour.
    /// </summary>
    public bool TryGap(GifId? before, GifId? after, out string? low, out string? high)
    {
        (low, high) = (null, null);
        if ((before ?? after) is not { } anchor)
        {
            low = Highest;
            return true;
        }

        var index = Find(anchor);
        if (index < 0)
            return false;
        if (before is not null)
            (low, high) = (index > 0 ? items[index - 1].Position : null, items[index].Position);
        else
            (low, high) = (items[index].Position, index + 1 < items.Count ? items[index + 1].Position : null);
        return true;
    }

    /// <summary>The first visible item, the default cover.</summary>
    public GifId? First
    {
        get
        {
            foreach (var item in Items)
                if (item.Available)
                    return new GifId(item.Gif);
            return null;
        }
    }

    public bool IsVisible(GifId gif) => Find(gif) is >= 0 and var i && items[i].Available;

    /// <summary>
    /// Up to <paramref name="limit"/> visible items from an index on, optionally restricted to <paramref name="only"/>;
    /// <paramref name="end"/> is the index after the last one examined.
    /// </summary>
    public List<ItemEntry> Slice(int start, int limit, out int end, IReadOnlySet<Guid>? only = null)
    {
        var slice = new List<ItemEntry>(Math.Min(limit, Math.Max(0, items.Count - start)));
        for (end = start; end < items.Count && slice.Count < limit; end++)
            if (items[end].Available && only?.Contains(items[end].Gif) != false)
                slice.Add(items[end]);
        return slice;
    }

    /// <summary>All visible items in order.</summary>
    public IEnumerable<GifId> Visible()
    {
        foreach (var item in items)
            if (item.Available)
                yield return new(item.Gif);
    }

    /// <summary>An item's 1-based place among the visible items, and its visible neighbours.</summary>
    public (int Place, GifId? Previous, GifId? Next) Neighbours(GifId gif)
    {
        var at = Find(gif);
        var place = 1;
        GifId? previous = null, next = null;
        for (var i = 0; i < items.Count && next is null; i++)
            if (items[i].Available && i < at)
                (place, previous) = (place + 1, new(items[i].Gif));
            else if (items[i].Available && i > at)
                next = new(items[i].Gif);
        return (place, previous, next);
    }

    public bool HasVisibleFrom(int start)
    {
        for (var i = start; i < items.Count; i++)
            if (items[i].Available)
                return true;
        return false;
    }

    /// <summary>The index of the first item after this position.</summary>
    public int After(string position, Guid gif)
    {
        var anchor = new ItemEntry(gif, position, true);
        var (low, high) = (0, items.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Compare(items[middle], anchor) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    // Guid compares like PostgreSQL's uuid: by bytes in big-endian order.
    private static int Compare(in ItemEntry a, in ItemEntry b)
    {
        var order = string.CompareOrdinal(a.Position, b.Position);
        return order != 0 ? order : a.Gif.CompareTo(b.Gif);
    }
}
