namespace GifShare.Grains.Media;

/// <summary>A feature that makes things of media before they are ready. Features to the right of Media register one.</summary>
public interface IMediaFollower
{
    /// <summary>The media is ready or failed. Called once or more; a failure is made up for by the feature's own sweep.</summary>
    Task Settled(MediaId media);
}
