namespace GifShare.Grains.Collections;

/// <summary>What an activation knows for its pages beside the rows it holds: who is shown on top, and the pages under way.</summary>
public sealed class PageState
{
    /// <summary>Pages that are being made, and for which state.</summary>
    public Dictionary<PageKey, (long Revision, long CardsAsOf, Task<CachedPage> Page)> Making { get; } = [];

    /// <summary>The card version that the owner's name and picture are of.</summary>
    public long OwnerAsOf { get; set; } = -1;

    public Cover? Cover { get; set; }
    public long CoverAsOf { get; set; } = -1;
    public DateTimeOffset CoverLoadedAt { get; set; }
}
