namespace GifShare.Grains.Collections;

/// <summary>An activation's state for pages: the versions of its head's cards, the cover, and the pages being rendered.</summary>
public sealed class PageState
{
    /// <summary>Pages being rendered, with the state they are rendered from.</summary>
    public Dictionary<PageKey, (long Revision, long CardsAsOf, Task<CachedPage> Page)> Making { get; } = [];

    /// <summary>The card version at which the owner's card was loaded.</summary>
    public long OwnerAsOf { get; set; } = -1;

    public Cover? Cover { get; set; }
    public long CoverAsOf { get; set; } = -1;
    public DateTimeOffset CoverLoadedAt { get; set; }
}
