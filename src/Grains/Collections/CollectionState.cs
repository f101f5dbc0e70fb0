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

/// <summary>A collection's cover picture.</summary>
/// <param name="Gif">The item the cover was chosen for (<see cref="CollectionHead.CoverIn"/>).</param>
/// <param name="MayChange">The gif belongs to another user, who can hide or show it at any time.</param>
public sealed record Cover(GifId Gif, string? Url, string? ObjectKey, int Width, int Height, bool MayChange);

/// <summary>
/// A collection's own columns. Immutable: an edit builds the next head, commits it, and then replaces the old one.
/// Counters are separate (<see cref="Counters"/>).
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
    /// <summary>The head with the next version and this time of change.</summary>
    public CollectionHead Edited(DateTimeOffset now) => this with { Version = Version + 1, UpdatedAt = now };

    /// <summary>The item whose picture is the cover: the chosen one while it is visible, else the first visible one.</summary>
    public GifId? CoverIn(ItemIndex items) => CoverGif is { } chosen && items.IsVisible(chosen) ? chosen : items.First;
}

/// <summary>Views and likes: the committed counts plus pending writes. Only the collection's grain changes them.</summary>
public sealed class Counters
{
    public long Views { get; set; }
    public long Likes { get; set; }

    /// <summary>Sequence number of the statement that <see cref="Likes"/> is from; older results are ignored.</summary>
    public long LikesAsOf { get; set; }
}
