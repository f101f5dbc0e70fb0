namespace GifShare.Grains.Collections;

/// <summary>
/// A planned edit of items on a copy of the index: the rows to write, and the resulting index. Takes effect when the rows are committed.
/// If <see cref="OutOfKeys"/>, all order keys must be rewritten and the edit planned again.
/// </summary>
public sealed class ItemEdits(ItemIndex index)
{
    public ItemIndex Index => index;
    public List<AddedItem> Added { get; } = [];
    public List<GifId> Removed { get; } = [];
    public List<(GifId Gif, string Position)> Moved { get; } = [];
    public bool OutOfKeys { get; private set; }

    /// <summary>Adds items, in this order, before or after an anchor that must be present (neither: at the end).</summary>
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

    /// <summary>Moves items, in this order, before or after an anchor that is not one of them.</summary>
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

    /// <summary>Restores a removed item at its old position.</summary>
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
