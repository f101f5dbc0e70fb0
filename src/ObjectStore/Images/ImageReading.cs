namespace GifShare.ObjectStore.Images;

public enum ImageFormat
{
    Gif,
    Png,
    Jpeg,
    WebP,
}

/// <summary>What an image is by its own bytes, and what of it is to be kept.</summary>
/// <param name="Width">As displayed, after orientation; 1..20,000.</param>
/// <param name="Height">As displayed, after orientation; 1..20,000.</param>
/// <param name="Animated">More than one frame.</param>
/// <param name="Clean">The image without metadata and without anything after its end; the pixels are untouched.</param>
public sealed record ImageReading(ImageFormat Format, int Width, int Height, bool Animated, CleanCopy Clean)
{
    public string Extension => Format switch
    {
        ImageFormat.Gif => "gif",
        ImageFormat.Png => "png",
        ImageFormat.Jpeg => "jpg",
        _ => "webp",
    };

    internal static ImageReading Oriented(ImageFormat format, int width, int height, bool animated, int orientation, CleanCopy clean) =>
        orientation >= 5 ? new(format, height, width, animated, clean) : new(format, width, height, animated, clean);
}

/// <summary>
/// Reads images without decoding them: the structure is walked once, every length is checked against what is there, nothing recurses.
/// A file that ends early, lies about its lengths or hides something after its end is refused or cleaned, so that what is stored is one
/// image and nothing else.
/// </summary>
public static class ImageReader
{
    internal const int MaxSide = 20_000;

    /// <summary>Animations with more frames exist only to hurt; the longest real ones have a few thousand.</summary>
    internal const int MaxFrames = 20_000;

    /// <summary>Chunks and segments of a still file, likewise.</summary>
    internal const int MaxChunks = 100_000;

    /// <returns>Null when it is none of the four formats, or a broken one. Never throws.</returns>
    public static ImageReading? Read(ReadOnlyMemory<byte> bytes)
    {
        var data = bytes.Span;
        if (data.StartsWith("GIF87a"u8) || data.StartsWith("GIF89a"u8))
            return GifFormat.Read(bytes);
        if (data.StartsWith(PngFormat.Signature))
            return PngFormat.Read(bytes);
        if (data.StartsWith(JpegFormat.Start))
            return JpegFormat.Read(bytes);
        return data.Length >= 12 && data.StartsWith("RIFF"u8) && data[8..].StartsWith("WEBP"u8) ? WebPFormat.Read(bytes) : null;
    }

    internal static bool IsSide(int length) => length is > 0 and <= MaxSide;
}
