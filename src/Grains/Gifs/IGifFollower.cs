namespace GifShare.Grains.Gifs;

/// <summary>
/// Keeps another feature's rows in step with a gif: hides them while it is deleted. Features to the right of Gifs register one; Gifs knows
/// none of them.
/// </summary>
public interface IGifFollower
{
    /// <summary>Updates all dependent rows to the gif's current row, before the user's request is answered. Idempotent.</summary>
    /// <exception cref="StoreUnavailableException">Some rows were not updated; the sweeper retries.</exception>
    Task Follow(GifId gif);
}
