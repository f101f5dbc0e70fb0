using System.Runtime.InteropServices;

namespace GifShare.Grains.Collections;

/// <summary>One live item: what a collection keeps in memory of it (about 90 bytes).</summary>
public readonly record struct ItemEntry(Guid Gif, string Position, bool Available);

/// <summary>
/// The order of a collection's live items, by position, then id. Appends change it in place; every other edit works on a
/// <see cref="Copy"/>, which takes its place after the rows are committed.
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

    /// <summary>How many a reader sees: those whose gif and owner are not deleted.</summary>
    public int Available { get; private set; }

    /// <summary>The highest position of any row, removed ones included, so that an append never lands before something restorable.</summary>
    public string? Highest { get; private set; }

    public ReadOnlySpan<ItemEntry> Items => CollectionsMarshal.AsSpan(items);

    public ItemIndex Copy() => new(this);

    /// <summary>Its place, or -1. A scan over 10,000 ids takes some microseconds; a table beside the list would double its memory.</summary>
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

    /// <summary>Puts an item at the place its position says.</summary>
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

    /// <summary>Its gif has just been deleted: it stays in its place, unseen.</summary>
    public void Hide(GifId gif)
    {
        var index = Find(gif);
        if (!items[index].Available)
            return;
        items[index] = items[index] with { Available = false };
        Available--;
    }

    /// <summary>
    /// The positions between which something goes that shall stand before or after an anchor. False when the anchor is not here.
    /// Take out what is moved first, so that it is not its own neighbour.
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

    /// <summary>The first visible item, whose picture is the cover where none was chosen.</summary>
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
    /// Up to <paramref name="limit"/> visible items from a place on, where <paramref name="only"/> is given those of them;
    /// <paramref name="end"/> is the place after the last one taken.
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

    /// <summary>Where an item stands among the visible ones, the first being 1, and who stands beside it.</summary>
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

    /// <summary>The place of the first item after this position.</summary>
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

    // PostgreSQL orders uuids by their bytes, and so does Guid.
    private static int Compare(in ItemEntry a, in ItemEntry b)
    {
        var order = string.CompareOrdinal(a.Position, b.Position);
        return order != 0 ? order : a.Gif.CompareTo(b.Gif);
    }
}
