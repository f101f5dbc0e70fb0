using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// Reads and cleans WebP: lossy, lossless, extended, animated. Kept: the picture or its frames, alpha, ICC profile. Removed: EXIF, XMP, unknown chunks
/// (also inside frames), everything after the end. The header's flags and the file's length are corrected accordingly.
/// </summary>
static class WebPFormat
{
    const int FileHeader = 12, ChunkHeader = 8, ExtendedLength = 10, FrameHeader = 16;
    const byte Profile = 0x20, Alpha = 0x10, Exif = 0x08, Animation = 0x02;

    public static ImageReading? Read(ReadOnlyMemory<byte> bytes)
    {
        var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[4..]);
        if (size < 4 || size > bytes.Length - 8)
            return null;
        // Trailing bytes are dropped.
        bytes = bytes[..((int)size + 8)];
        if (!Chunk.TryRead(bytes.Span, FileHeader, out var first))
            return null;
        return first.Is("VP8X"u8) ? ReadExtended(bytes, first) : ReadSimple(bytes, first);
    }

    static ImageReading? ReadSimple(ReadOnlyMemory<byte> bytes, Chunk image)
    {
        if (!ReadPicture(bytes.Span, image, out var width, out var height))
            return null;
        var body = new CleanCopy(bytes);
        body.Keep(image.At, image.Whole);
        return ImageReading.Oriented(ImageFormat.WebP, width, height, frames: 1, Orientation.Upright, WithHeader(bytes, body));
    }

    static ImageReading? ReadExtended(ReadOnlyMemory<byte> bytes, Chunk extended)
    {
        var data = bytes.Span;
        if (extended.Length < ExtendedLength)
            return null;
        var canvas = extended.Payload(data);
        int width = UInt24(canvas[4..]) + 1, height = UInt24(canvas[7..]) + 1;
        if (!ImageReader.IsSide(width) || !ImageReader.IsSide(height))
            return null;
        var animated = (canvas[0] & Animation) != 0;
        CleanCopy profile = new(bytes), body = new(bytes);
        int orientation = 0, frames = 0, at = extended.At + extended.Whole;
        bool picture = false, alpha = false, control = false;
        for (var chunks = 0; at < data.Length; chunks++)
        {
            if (chunks > ImageReader.MaxChunks || !Chunk.TryRead(data, at, out var chunk))
                return null;
            at += chunk.Whole;
            if (chunk.Is("ICCP"u8))
            {
                if (profile.Count == 0)
                    profile.Keep(chunk.At, chunk.Whole);
            }
            else if (chunk.Is("EXIF"u8))
            {
                orientation = orientation == 0 ? Orientation.Read(chunk.Payload(data)) : orientation;
            }
            else if (chunk.Is("ANIM"u8))
            {
                if (!animated || control || chunk.Length != 6)
                    return null;
                control = true;
                body.Keep(chunk.At, chunk.Whole);
            }
            else if (chunk.Is("ANMF"u8))
            {
                if (!control || ++frames > ImageReader.MaxFrames || !KeepFrame(bytes, chunk, width, height, body))
                    return null;
            }
            else if (chunk.Is("ALPH"u8))
            {
                if (animated || picture || alpha || chunk.Length == 0)
                    return null;
                alpha = true;
                body.Keep(chunk.At, chunk.Whole);
            }
            else if (chunk.Is("VP8 "u8) || chunk.Is("VP8L"u8))
            {
                if (animated || picture || !ReadPicture(data, chunk, out var w, out var h) || (w, h) != (width, height))
                    return null;
                picture = true;
                body.Keep(chunk.At, chunk.Whole);
            }
            else if (chunk.Is("VP8X"u8))
            {
                return null;
            }
        }
        if (animated ? frames == 0 : !picture)
            return null;

        var flags = (byte)(canvas[0] & (Alpha | Animation));
        flags |= profile.Count > 0 ? Profile : (byte)0;
        flags |= orientation > Orientation.Upright ? Exif : (byte)0;
        var all = new CleanCopy(bytes);
        all.KeepOrAdd(extended.At, [.. "VP8X"u8, ExtendedLength, 0, 0, 0, flags, 0, 0, 0, .. canvas[4..ExtendedLength]]);
        all.Append(profile);
        all.Append(body);
        if (orientation > Orientation.Upright)
        {
            var tiff = Orientation.Write(orientation);
            all.Add([.. "EXIF"u8, (byte)tiff.Length, 0, 0, 0, .. tiff]);
        }
        return ImageReading.Oriented(ImageFormat.WebP, width, height, Math.Max(1, frames), orientation, WithHeader(bytes, all));
    }

    /// <summary>Keeps one animation frame, without unknown chunks.</summary>
    static bool KeepFrame(ReadOnlyMemory<byte> bytes, Chunk frame, int width, int height, CleanCopy body)
    {
        var data = bytes.Span;
        var head = frame.Payload(data);
        if (head.Length < FrameHeader)
            return false;
        int w = UInt24(head[6..]) + 1, h = UInt24(head[9..]) + 1;
        if (2 * UInt24(head) + w > width || 2 * UInt24(head[3..]) + h > height)
            return false;
        var kept = new CleanCopy(bytes);
        var inside = data[..(frame.At + ChunkHeader + (int)frame.Length)];
        var at = frame.At + ChunkHeader + FrameHeader;
        bool picture = false, alpha = false;
        while (at < inside.Length)
        {
            if (!Chunk.TryRead(inside, at, out var chunk))
                return false;
            at += chunk.Whole;
            if (chunk.Is("ALPH"u8) && !alpha && !picture)
                alpha = true;
            else if (!picture && ReadPicture(data, chunk, out var pw, out var ph) && (pw, ph) == (w, h))
                picture = true;
            else
                continue;
            kept.Keep(chunk.At, chunk.Whole);
        }
        if (!picture)
            return false;
        body.KeepOrAdd(frame.At, [.. "ANMF"u8, .. UInt32((uint)(FrameHeader + kept.Length)), .. head[..FrameHeader]]);
        body.Append(kept);
        return true;
    }

    static CleanCopy WithHeader(ReadOnlyMemory<byte> bytes, CleanCopy rest)
    {
        var file = new CleanCopy(bytes);
        file.KeepOrAdd(0, [.. "RIFF"u8, .. UInt32((uint)(4 + rest.Length)), .. "WEBP"u8]);
        file.Append(rest);
        return file;
    }

    static bool ReadPicture(ReadOnlySpan<byte> data, Chunk chunk, out int width, out int height)
    {
        (width, height) = (0, 0);
        var p = chunk.Payload(data);
        if (chunk.Is("VP8 "u8) && p.Length >= 10 && (p[0] & 1) == 0 && p[3] == 0x9D && p[4] == 0x01 && p[5] == 0x2A)
        {
            var firstPartition = UInt24(p) >> 5;
            if (firstPartition > p.Length - 10)
                return false;
            width = BinaryPrimitives.ReadUInt16LittleEndian(p[6..]) & 0x3FFF;
            height = BinaryPrimitives.ReadUInt16LittleEndian(p[8..]) & 0x3FFF;
        }
        else if (chunk.Is("VP8L"u8) && p.Length >= 5 && p[0] == 0x2F)
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(p[1..]);
            if (bits >> 29 != 0)
                return false;
            width = (int)(bits & 0x3FFF) + 1;
            height = (int)(bits >> 14 & 0x3FFF) + 1;
        }
        return ImageReader.IsSide(width) && ImageReader.IsSide(height);
    }

    static int UInt24(ReadOnlySpan<byte> at) => at[0] | at[1] << 8 | at[2] << 16;

    static byte[] UInt32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    /// <param name="Whole">The length including header and padding.</param>
    readonly record struct Chunk(uint Type, int At, uint Length, int Whole)
    {
        public static bool TryRead(ReadOnlySpan<byte> data, int at, out Chunk chunk)
        {
            chunk = default;
            if (at + ChunkHeader > data.Length)
                return false;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(data[(at + 4)..]);
            var whole = ChunkHeader + (long)length + (length & 1);
            if (whole > data.Length - at)
                return false;
            chunk = new Chunk(BinaryPrimitives.ReadUInt32LittleEndian(data[at..]), at, length, (int)whole);
            return true;
        }

        public bool Is(ReadOnlySpan<byte> type) => Type == BinaryPrimitives.ReadUInt32LittleEndian(type);

        public ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> data) => data.Slice(At + ChunkHeader, (int)Length);
    }
}
