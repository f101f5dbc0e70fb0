namespace GifShare.ObjectStore.Images;

/// <summary>
/// Settings <c>Images:*</c>: how many pixels a picture may have. A file of a few KB can make a viewer's browser use gigabytes of memory.
/// </summary>
public sealed class ImageOptions
{
    /// <summary>
    /// Millions of pixels of a picture, or of one frame of an animation. 50 is what cameras of present phones make, and takes 200 MB in a browser
    /// that shows it.
    /// </summary>
    public int MaxMegapixels { get; set; } = 50;

    /// <summary>
    /// Millions of pixels of all frames of an animation together, each counted as the whole canvas, which a viewer composes for every
    /// frame, however little changes. 4,000 is three minutes of 1920 x 1080 at ten frames a second, or of 800 x 600 at fifty; a core decodes it in
    /// 10 to 20 s. Without this limit 20,000 frames of the largest picture would be allowed, 250 times as much.
    /// </summary>
    public int MaxAnimationMegapixels { get; set; } = 4_000;
}
