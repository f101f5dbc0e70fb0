namespace GifShare.ObjectStore.Images;

/// <summary>
/// Settings <c>Images:*</c>: pixel limits. A file of a few KB can decompress to gigabytes in a viewer's browser.
/// </summary>
public sealed class ImageOptions
{
    /// <summary>
    /// Megapixels of a still, or of one frame of an animation. The default of 50 covers the cameras of current phones, and takes 200 MB in a browser.
    /// </summary>
    public int MaxMegapixels { get; set; } = 50;

    /// <summary>
    /// Megapixels of all frames of an animation together, each counted as the whole canvas, which a viewer composes for every frame. The default of
    /// 4,000 is three minutes of 1920 x 1080 at ten frames a second, or of 800 x 600 at fifty; one core decodes it in 10 to 20 s. Without this limit
    /// 20,000 frames of the largest picture would be allowed, 250 times as much.
    /// </summary>
    public int MaxAnimationMegapixels { get; set; } = 4_000;
}
