using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// A GIF stays byte for byte, so what cannot stay is refused: a missing trailer, and anything but a little padding after it.
/// </summary>
static class GifFormat
{
    const int ScreenLength = 13, FrameLength = 9, MaxPadding = 64, MaxCodeSize = 11;

    public static ImageReading? Read(ReadOnlyMemory<byte> bytes)
    {
        var data = bytes.Span;
        if (data.Length < ScreenLength)
            return null;
        int width = UInt16(data[6..]), height = UInt16(data[8..]);
        if (!ImageReader.IsSide(width) || !ImageReader.IsSide(height))
            return null;
        var at = ScreenLength + TableLength(data[10]);
        var frames = 0;
        while (at < data.Length)
        {
            switch (data[at++])
            {
                case 0x2C when at + FrameLength < data.Length && ++frames <= ImageReader.MaxFrames:
                    if (UInt16(data[(at + 4)..]) > ImageReader.MaxSide || UInt16(data[(at + 6)..]) > ImageReader.MaxSide)
                        return null;
                    at += FrameLength + TableLength(data[at + 8]);
                    if (at >= data.Length || data[at++] is 0 or > MaxCodeSize || !SkipBlocks(data, ref at))
                        return null;
                    break;
                case 0x21:
                    at++;
                    if (!SkipBlocks(data, ref at))
                        return null;
                    break;
                case 0x3B when frames > 0 && IsPadding(data[at..]):
                    var whole = new CleanCopy(bytes);
                    whole.Keep(0, data.Length);
                    return new ImageReading(ImageFormat.Gif, width, height, frames > 1, whole);
                default:
                    return null;
            }
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
