namespace GifShare.ObjectStore.Images;

public enum ImageFormat
{
    Gif,
    Png,
    Jpeg,
    WebP,
}

/// <summary>The properties of an image, read from its headers, and its cleaned copy.</summary>
/// <param name="Width">As displayed, after orientation; 1..20,000.</param>
/// <param name="Height">As displayed, after orientation; 1..20,000.</param>
/// <param name="Frames">1 for a still.</param>
/// <param name="Area">Pixels of the canvas, or of the largest frame if that is larger; a viewer composes this many for every frame.</param>
/// <param name="Clean">The image without metadata and without trailing bytes; the pixel data is unchanged.</param>
/// <remarks>
/// Replaces libvips (NetVips), Magick.NET and MetadataExtractor. The first two decode untrusted input in native code within this process and re-encode
/// the frames of a GIF; vips 8.14 leaves GPS coordinates in WebP. The third only reads. Here headers are parsed and byte ranges are copied.
/// </remarks>
public sealed record ImageReading(ImageFormat Format, int Width, int Height, int Frames, long Area, CleanCopy Clean)
{
    public bool Animated => Frames > 1;

    public string Extension => Format switch
    {
        ImageFormat.Gif => "gif",
        ImageFormat.Png => "png",
        ImageFormat.Jpeg => "jpg",
        _ => "webp",
    };

    internal static ImageReading Oriented(ImageFormat format, int width, int height, int frames, int orientation, CleanCopy clean)
    {
        var area = (long)width * height;
        return orientation >= 5 ? new(format, height, width, frames, area, clean) : new(format, width, height, frames, area, clean);
    }
}

/// <summary>
/// Reads images without decoding them: one pass over the structure, without recursion, with every length checked. A file that is truncated, has wrong
/// lengths or has trailing data is refused or cleaned, so that a stored file is one image and nothing else.
/// </summary>
public static class ImageReader
{
    internal const int MaxSide = 20_000;

    /// <summary>The maximum number of frames of an animation; the longest real ones have a few thousand.</summary>
    internal const int MaxFrames = 20_000;

    /// <summary>The maximum number of chunks or segments of a file without frames.</summary>
    internal const int MaxChunks = 100_000;

    /// <returns>Null when the bytes are not a valid image in one of the four formats. Never throws.</returns>
    public static ImageReading? Read(ReadOnlyMemory<byte> bytes)
    {
        return MediaSignature.Of(bytes.Span) switch
        {
            MediaFormat.Gif => GifFormat.Read(bytes),
            MediaFormat.Png => PngFormat.Read(bytes),
            MediaFormat.Jpeg => JpegFormat.Read(bytes),
            MediaFormat.WebP => WebPFormat.Read(bytes),
            _ => null,
        };
    }

    internal static bool IsSide(int length) => length is > 0 and <= MaxSide;
}
