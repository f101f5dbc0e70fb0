namespace GifShare.Grains.Collections;

public enum Visibility
{
    Private,
    Shared,
    Public,
}

public static class Visibilities
{
    public static string Name(this Visibility value) => value switch
    {
        Visibility.Private => "private",
        Visibility.Shared => "shared",
        _ => "public",
    };

    public static Visibility Parse(string text) => TryParse(text, out var value) ? value : throw new FormatException($"No visibility: {text}");

    public static bool TryParse(string? text, out Visibility value)
    {
        (var known, value) = text switch
        {
            "private" => (true, Visibility.Private),
            "shared" => (true, Visibility.Shared),
            "public" => (true, Visibility.Public),
            _ => (false, default),
        };
        return known;
    }
}

/// <summary>The picture on a collection's cover.</summary>
/// <param name="Gif">The item it stands for (<see cref="CollectionHead.CoverIn"/>).</param>
/// <param name="MayChange">That item is kept of somebody else, who can close or open it at any time.</param>
public sealed record Cover(GifId Gif, string? Url, string? ObjectKey, int Width, int Height, bool MayChange);

/// <summary>
/// A collection's own columns. Immutable: an edit makes the next one, commits it, and only then puts it in the place of the old.
/// Counters are not part of it (they belong to <see cref="Counters"/>).
/// </summary>
public sealed record CollectionHead(
    CollectionId Id,
    UserId Owner,
    string Name,
    string? Description,
    Visibility Visibility,
    GifId? CoverGif,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletedAt,
    int KeyEpoch,
    bool AllowCopies)
{
    /// <summary>The next version of it, at this time.</summary>
    public CollectionHead Edited(DateTimeOffset now) => this with { Version = Version + 1, UpdatedAt = now };

    /// <summary>Which picture stands for it: the chosen one while it is in it, else the first.</summary>
    public GifId? CoverIn(ItemIndex items) => CoverGif is { } chosen && items.IsVisible(chosen) ? chosen : items.First;
}

/// <summary>Views and likes as their rows have them, plus what is on its way there. Only the collection's grain changes them.</summary>
public sealed class Counters
{
    public long Views { get; set; }
    public long Likes { get; set; }

    /// <summary>Order of like counts; an answer that was overtaken must not turn the count back.</summary>
    public long LikesAsOf { get; set; }
}
