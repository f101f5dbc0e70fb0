using GifShare.Collections;

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

/// <summary>The rules of items: what a request may ask for. Errors in the order of api.md.</summary>
public static class ItemRules
{
    public static Error? CheckForm(AddItem command, out string? note)
    {
        var fields = new Fields();
        note = fields.OptionalText("note", command.Note, 500, multiline: true);
        CheckAnchors(fields, command.Before, command.After, command.GifId);
        return fields.AreValid ? null : fields.Error;
    }

    public static Error? CheckForm(ItemPatch patch, GifId gif, out string? note)
    {
        var fields = new Fields();
        note = fields.OptionalText("note", patch.Note.Value, 500, multiline: true);
        CheckAnchors(fields, patch.Before, patch.After, gif);
        return fields.AreValid ? null : fields.Error;
    }

    public static Error? CheckForm(ItemsBatch batch)
    {
        var fields = new Fields();
        var count = (batch.Add?.Length ?? 0) + (batch.Remove?.Length ?? 0) + (batch.Move?.GifIds.Length ?? 0) + (batch.Restore?.Length ?? 0);
        if (count > CollectionLimits.BatchIds)
            fields.Refuse("add", $"At most {CollectionLimits.BatchIds} ids in all.");
        CheckUnique(fields, "add", batch.Add);
        CheckUnique(fields, "remove", batch.Remove);
        CheckUnique(fields, "restore", batch.Restore);
        if (batch.Restore is { Length: > 0 } back && count > back.Length)
            fields.Refuse("restore", "What is restored cannot be edited in the same batch.");
        if (batch.Move is { } move)
        {
            CheckUnique(fields, "move.gifIds", move.GifIds);
            if (move.Before is not null && move.After is not null)
                fields.Refuse("move.after", "Give before or after, not both.");
            if ((move.Before ?? move.After) is { } anchor && move.GifIds.Contains(anchor))
                fields.Refuse(move.Before is null ? "move.after" : "move.before", "It is one of those that are moved.");
        }

        return fields.AreValid ? null : fields.Error;
    }

    /// <summary>What is moved or removed must be here, and so must the anchor, at the time its turn comes.</summary>
    public static Error? CheckIds(ItemsBatch batch, ItemIndex items, IEnumerable<GifId> addable)
    {
        var fields = new Fields();
        var present = new HashSet<Guid>();
        foreach (var item in items.Items)
            present.Add(item.Gif);
        foreach (var gif in batch.Remove ?? [])
            if (!present.Remove(gif.Value))
                fields.Refuse("remove", $"{gif} is not in this collection.");
        var known = addable.ToHashSet();
        foreach (var gif in batch.Add ?? [])
            if (!present.Contains(gif.Value) && !known.Contains(gif))
                fields.Refuse("add", $"There is no gif {gif}.");
            else
                present.Add(gif.Value);
        foreach (var gif in batch.Move?.GifIds ?? [])
            if (!present.Contains(gif.Value))
                fields.Refuse("move.gifIds", $"{gif} is not in this collection.");
        if ((batch.Move?.Before ?? batch.Move?.After) is { } anchor && !present.Contains(anchor.Value))
            fields.Refuse(batch.Move?.Before is null ? "move.after" : "move.before", "It is not in this collection.");
        return fields.AreValid ? null : fields.Error;
    }

    public static Error? CheckAnchor(ItemIndex items, GifId? before, GifId? after) => (before, after) switch
    {
        ({ } anchor, _) when !items.Has(anchor) => Error.Invalid("before", "This gif is not in the collection."),
        (_, { } anchor) when !items.Has(anchor) => Error.Invalid("after", "This gif is not in the collection."),
        _ => null,
    };

    private static void CheckAnchors(Fields fields, GifId? before, GifId? after, GifId gif)
    {
        if (before is not null && after is not null)
            fields.Refuse("after", "Give before or after, not both.");
        if (before == gif)
            fields.Refuse("before", "It cannot stand before itself.");
        if (after == gif)
            fields.Refuse("after", "It cannot stand after itself.");
    }

    private static void CheckUnique(Fields fields, string field, System.Collections.Immutable.ImmutableArray<GifId>? gifs)
    {
        if (gifs is { } ids && (ids.IsDefault || ids.Distinct().Count() != ids.Length))
            fields.Refuse(field, "Each id once.");
    }
}
