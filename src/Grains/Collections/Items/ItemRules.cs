using System.Collections.Immutable;
using GifShare.Collections;

namespace GifShare.Grains.Collections;

/// <summary>Validation of requests about items. Errors in the order of api.md.</summary>
public static class ItemRules
{
    public static Error? CheckMove(ImmutableArray<GifId> gifs, CollectionId from, CollectionId to) =>
        from == to ? Error.Invalid("collectionId", "They are in this collection.") : CheckForm(new ItemsBatch(Remove: gifs));

    public static Error? CheckForm(AddItem command, out string? note)
    {
        var fields = new RequestValidator();
        note = fields.OptionalText("note", command.Note, 500, multiline: true);
        CheckAnchors(fields, command.Before, command.After, command.GifId);
        return fields.AreValid ? null : fields.Error;
    }

    public static Error? CheckForm(ItemPatch patch, GifId gif, out string? note)
    {
        var fields = new RequestValidator();
        note = fields.OptionalText("note", patch.Note.Value, 500, multiline: true);
        CheckAnchors(fields, patch.Before, patch.After, gif);
        return fields.AreValid ? null : fields.Error;
    }

    public static Error? CheckForm(ItemsBatch batch)
    {
        var fields = new RequestValidator();
        var count = (batch.Add?.Length ?? 0) + (batch.Remove?.Length ?? 0) + (batch.Move?.GifIds.Length ?? 0) + (batch.Restore?.Length ?? 0);
        if (count > CollectionLimits.BatchIds)
            fields.Refuse("add", $"A batch may have at most {CollectionLimits.BatchIds} ids in all.");
        CheckUnique(fields, "add", batch.Add);
        CheckUnique(fields, "remove", batch.Remove);
        CheckUnique(fields, "restore", batch.Restore);
        if (batch.Restore is { Length: > 0 } back && count > back.Length)
            fields.Refuse("restore", "A batch with restore must have nothing else.");
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

    /// <summary>Checks that moved and removed items and the anchor are present when the batch reaches them: remove, then add, then move.</summary>
    public static Error? CheckIds(ItemsBatch batch, ItemIndex items, IEnumerable<GifId> addable)
    {
        var fields = new RequestValidator();
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

    private static void CheckAnchors(RequestValidator fields, GifId? before, GifId? after, GifId gif)
    {
        if (before is not null && after is not null)
            fields.Refuse("after", "Give before or after, not both.");
        if (before == gif)
            fields.Refuse("before", "An item cannot stand before itself.");
        if (after == gif)
            fields.Refuse("after", "An item cannot stand after itself.");
    }

    private static void CheckUnique(RequestValidator fields, string field, ImmutableArray<GifId>? gifs)
    {
        if (gifs is { } ids && (ids.IsDefault || ids.Distinct().Count() != ids.Length))
            fields.Refuse(field, "Each id once.");
    }
}
