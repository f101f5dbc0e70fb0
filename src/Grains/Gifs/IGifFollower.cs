namespace GifShare.Grains.Gifs;

/// <summary>
/// Rows of other features that follow a gif: hidden while it is deleted. Features to the right of Gifs register one; Gifs knows none of them.
/// </summary>
public interface IGifFollower
{
    /// <summary>Makes all of them follow the gif's row as it is now, before the person's request is answered. Repeatable.</summary>
    /// <exception cref="StoreUnavailableException">Not all were told; it is done again later.</exception>
    Task Follow(GifId gif);
}
