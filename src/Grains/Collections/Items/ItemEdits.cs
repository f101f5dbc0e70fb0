namespace GifShare.Grains.Collections;

/// <summary>
/// An edit of items that is being planned on a copy of the index: what will be written, and the index as it will be. Nothing of it holds
/// before its rows are committed. <see cref="OutOfKeys"/>: write all keys anew and plan again.
/// </summary>
public sealed class ItemEdits(ItemIndex index)
{
    public ItemIndex Index => index;
    public List<AddedItem> Added { get; } = [];
    public List<GifId> Removed { get; } = [];
    public List<(GifId Gif, string Position)> Moved { get; } = [];
    public bool OutOfKeys { get; private set; }

    /// <summary>Puts new items, in this order, before or after an anchor (neither: at the end). The anchor must be there.</summary>
    public void Add(IReadOnlyList<(GifId Gif, string? Note)> items, GifId? before = null, GifId? after = null)
    {
        if (Keys(before, after, items.Count) is not { } keys)
            return;
        for (var i = 0; i < items.Count; i++)
        {
            Added.Add(new(items[i].Gif, keys[i], items[i].Note));
            index.Insert(items[i].Gif, keys[i]);
        }
    }

    public void Remove(IEnumerable<GifId> gifs)
    {
        foreach (var gif in gifs)
        {
            index.RemoveAt(index.Find(gif));
            Removed.Add(gif);
        }
    }

    /// <summary>Takes items out and puts them, in this order, before or after an anchor that is not one of them.</summary>
    public void Move(IReadOnlyList<GifId> gifs, GifId? before, GifId? after)
    {
        List<ItemEntry> taken = [];
        foreach (var gif in gifs)
            taken.Add(index.RemoveAt(index.Find(gif)));

        if (Keys(before, after, gifs.Count) is not { } keys)
            return;
        for (var i = 0; i < gifs.Count; i++)
        {
            Moved.Add((gifs[i], keys[i]));
            index.Insert(gifs[i], keys[i], taken[i].Available);
        }
    }

    /// <summary>A removed item comes back to its place.</summary>
    public void Restore(GifId gif, string position) => index.Insert(gif, position);

    private string[]? Keys(GifId? before, GifId? after, int count)
    {
        string[]? keys = null;
        if (index.TryGap(before, after, out var low, out var high))
            keys = OrderKeys.Spread(low, high, count);
        OutOfKeys |= keys is null;
        return keys;
    }
}
