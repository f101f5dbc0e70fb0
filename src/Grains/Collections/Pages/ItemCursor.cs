using System.Globalization;

namespace GifShare.Grains.Collections;

/// <summary>The positions inside cursors: where the next page of a list begins.</summary>
public static class ItemCursor
{
    public static string Of(in ItemEntry last, int end, int keyEpoch) => string.Create(CultureInfo.InvariantCulture, $"{keyEpoch}/{last.Position}/{last.Gif}/{end}");

    /// <summary>
    /// The index at which the next page starts. If all order keys were rewritten since, the cursor's key is meaningless: then the index
    /// after the last shown item, or that item's old index if it was removed.
    /// </summary>
    public static int Start(string? text, ItemIndex index, int keyEpoch)
    {
        if (text is null)
            return 0;
        var parts = text.Split('/');
        var gif = Guid.Parse(parts[2]);
        if (int.Parse(parts[0], CultureInfo.InvariantCulture) == keyEpoch)
            return index.After(parts[1], gif);
        var place = index.Find(new(gif));
        return place >= 0 ? place + 1 : Math.Min(index.Count, int.Parse(parts[3], CultureInfo.InvariantCulture));
    }

    public static string OfAdded(ItemRow last) => string.Create(CultureInfo.InvariantCulture, $"{last.AddedAt.UtcTicks}/{last.Card.Id}");

    public static (DateTimeOffset At, Guid Gif)? Added(string? text)
    {
        if (text is null)
            return null;
        var split = text.IndexOf('/');
        return (new(long.Parse(text.AsSpan(0, split), CultureInfo.InvariantCulture), TimeSpan.Zero), Guid.Parse(text.AsSpan(split + 1)));
    }

    public static string OfName((ItemRow Row, string Key) last) => $"{last.Row.Card.Id}/{last.Key}";

    public static (string Key, Guid Gif)? Name(string? text) => text is null ? null : (text[37..], Guid.Parse(text.AsSpan(0, 36)));
}
