using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// Reads and cleans GIFs. Kept: screen descriptor, colour tables, every frame byte for byte with the graphic control extension before it, and the
/// loop count. Removed: comments, XMP and all other application extensions, plain text (no browser renders it), padding after the trailer. A file
/// without a trailer, or with more than 64 bytes of padding, is refused.
/// </summary>
static class GifFormat
{
    const int ScreenLength = 13, FrameLength = 9, IdentifierLength = 11, MaxPadding = 64, MaxCodeSize = 11;
    const byte Image = 0x2C, Extension = 0x21, Trailer = 0x3B, Control = 0xF9, Application = 0xFF;

    public static ImageReading? Read(ReadOnlyMemory<byte> bytes)
    {
        var data = bytes.Span;
        if (data.Length < ScreenLength)
            return null;
        int width = UInt16(data[6..]), height = UInt16(data[8..]);
        if (!ImageReader.IsSide(width) || !ImageReader.IsSide(height))
            return null;
        var at = ScreenLength + TableLength(data[10]);
        var clean = new CleanCopy(bytes);
        clean.Keep(0, at);
        int frames = 0, loops = 0, control = 0;
        var area = (long)width * height;
        while (at < data.Length)
        {
            var start = at;
            switch (data[at++])
            {
                case Image when at + FrameLength < data.Length && ++frames <= ImageReader.MaxFrames:
                    int frameWidth = UInt16(data[(at + 4)..]), frameHeight = UInt16(data[(at + 6)..]);
                    if (frameWidth > ImageReader.MaxSide || frameHeight > ImageReader.MaxSide)
                        return null;
                    // Browsers enlarge the canvas for a first frame that is larger.
                    area = Math.Max(area, frames > 1
                        ? (long)frameWidth * frameHeight
                        : Math.Max(width, UInt16(data[at..]) + (long)frameWidth) * Math.Max(height, UInt16(data[(at + 2)..]) + (long)frameHeight));
                    at += FrameLength + TableLength(data[at + 8]);
                    if (at >= data.Length || data[at++] is 0 or > MaxCodeSize || !SkipBlocks(data, ref at))
                        return null;
                    if (control > 0)
                        clean.KeepOrAdd(control, [Extension, Control, 4, .. data.Slice(control + 3, 4), 0]);
                    control = 0;
                    clean.Keep(start, at - start);
                    break;
                case Extension when at < data.Length:
                    var (label, blocks) = (data[at], ++at);
                    if (!SkipBlocks(data, ref at))
                        return null;
                    // Of several graphic control extensions before an image the last one applies.
                    if (label == Control && data[blocks] >= 4)
                        control = start;
                    else if (label == Application && LoopOf(data[blocks..at]) is { } loop)
                    {
                        if (++loops > ImageReader.MaxFrames)
                            return null;
                        clean.KeepOrAdd(start, loop);
                    }
                    break;
                case Trailer when frames > 0 && IsPadding(data[at..]):
                    clean.Keep(start, 1);
                    return new ImageReading(ImageFormat.Gif, width, height, frames, area, clean);
                default:
                    return null;
            }
        }
        return null;
    }

    /// <summary>The loop extension in canonical form; null when these blocks hold no loop count.</summary>
    static byte[]? LoopOf(ReadOnlySpan<byte> blocks)
    {
        if (blocks[0] != IdentifierLength)
            return null;
        var identifier = blocks[1..(1 + IdentifierLength)];
        if (!identifier.SequenceEqual("NETSCAPE2.0"u8) && !identifier.SequenceEqual("ANIMEXTS1.0"u8))
            return null;
        for (var rest = blocks[(1 + IdentifierLength)..]; rest[0] > 0; rest = rest[(1 + rest[0])..])
        {
            if (rest[0] >= 3 && (rest[1] & 7) == 1)
                return [Extension, Application, IdentifierLength, .. identifier, 3, 1, rest[2], rest[3], 0];
        }
        return null;
    }

    static bool SkipBlocks(ReadOnlySpan<byte> data, ref int at)
    {
        while (at < data.Length)
        {
            var length = data[at++];
            if (length == 0)
                return true;
            at += length;
        }
        return false;
    }

    static int TableLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    static bool IsPadding(ReadOnlySpan<byte> rest) => rest.Length <= MaxPadding && !rest.ContainsAnyExcept("\0\r\n ;"u8);

    static int UInt16(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt16LittleEndian(at);
}
