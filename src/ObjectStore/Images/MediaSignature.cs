namespace GifShare.ObjectStore.Images;

public enum MediaFormat
{
    Gif,
    Png,
    Jpeg,
    WebP,
    Mp4,
    QuickTime,
    WebM,
}

/// <summary>
/// Recognises a format by the first bytes. This says what a file claims to be, so that everything else is refused before it is stored; whether it is
/// valid is decided by whoever reads it.
/// </summary>
public static class MediaSignature
{
    /// <summary>So many first bytes suffice to recognise every format.</summary>
    public const int Length = 64;

    /// <returns>Null for everything else, also for pictures and sound in the container of MP4 (AVIF, HEIC, M4A) and for Matroska that is not WebM.</returns>
    public static MediaFormat? Of(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8))
            return MediaFormat.Gif;
        if (start.StartsWith(PngFormat.Signature))
            return MediaFormat.Png;
        if (start.StartsWith(JpegFormat.Start))
            return MediaFormat.Jpeg;
        if (start.Length < 12)
            return null;
        if (start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8))
            return MediaFormat.WebP;
        if (start[4..].StartsWith("ftyp"u8))
            return OfBrand(start.Slice(8, 4));
        return start.StartsWith<byte>([0x1A, 0x45, 0xDF, 0xA3]) && IsWebM(start) ? MediaFormat.WebM : null;
    }

    /// <summary>The major brand of ISO/IEC 14496-12. There are dozens of video brands, so what is no video is named.</summary>
    static MediaFormat? OfBrand(ReadOnlySpan<byte> brand)
    {
        if (brand.SequenceEqual("qt  "u8))
            return MediaFormat.QuickTime;
        var picture = brand.StartsWith("avi"u8) || brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8);
        var sound = brand.StartsWith("M4A"u8) || brand.StartsWith("M4B"u8) || brand.StartsWith("M4P"u8);
        return picture || sound ? null : MediaFormat.Mp4;
    }

    /// <summary>The element DocType of the EBML header: its id, its length and its value.</summary>
    static ReadOnlySpan<byte> DocType => [0x42, 0x82, 0x84, (byte)'w', (byte)'e', (byte)'b', (byte)'m'];

    static bool IsWebM(ReadOnlySpan<byte> start) => start[..Math.Min(start.Length, Length)].IndexOf(DocType) >= 0;
}
