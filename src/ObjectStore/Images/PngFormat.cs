using System.Buffers.Binary;
using System.IO.Hashing;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// Reads and cleans PNG and APNG. Kept: what a decoder needs, colour, transparency, pixel size and animation. Removed: text, time, EXIF, the colour
/// profile's name, unknown ancillary chunks, everything after IEND. The CRCs of kept chunks are verified.
/// </summary>
static class PngFormat
{
    const int Overhead = 12;

    static ReadOnlySpan<byte> ProfileName => "ICC"u8;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static ImageReading? Read(ReadOnlyMemory<byte> bytes)
    {
        var data = bytes.Span;
        CleanCopy header = new(bytes), body = new(bytes);
        header.Keep(0, Signature.Length);
        int width = 0, height = 0, orientation = 0, frames = 0;
        byte colour = 0;
        bool palette = false, pixels = false, pixelsEnded = false, animation = false;
        HashSet<uint> seen = [];
        var at = Signature.Length;
        for (var chunks = 0; chunks < ImageReader.MaxChunks && at + Overhead <= data.Length; chunks++)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
            if (length > data.Length - at - Overhead)
                return null;
            var whole = (int)length + Overhead;
            var type = data.Slice(at + 4, 4);
            var payload = data.Slice(at + 8, (int)length);
            var name = BinaryPrimitives.ReadUInt32BigEndian(type);
            var first = chunks == 0;
            var keep = true;
            if (first != type.SequenceEqual("IHDR"u8))
                return null;
            pixelsEnded |= pixels && !type.SequenceEqual("IDAT"u8);

            if (first)
            {
                if (!ReadHeader(payload, out width, out height, out colour) || !ChecksumHolds(data, at, whole))
                    return null;
                header.Keep(at, whole);
                keep = false;
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                if (pixelsEnded || (colour == 3 && !palette))
                    return null;
                pixels |= length > 0;
            }
            else if (type.SequenceEqual("IEND"u8))
            {
                if (!pixels || length != 0 || !ChecksumHolds(data, at, whole))
                    return null;
                body.Keep(at, whole);
                if (orientation > Orientation.Upright)
                    header.Add(Chunk("eXIf"u8, Orientation.Write(orientation)));
                header.Append(body);
                return ImageReading.Oriented(ImageFormat.Png, width, height, Math.Max(1, frames), orientation, header);
            }
            else if (type.SequenceEqual("PLTE"u8))
            {
                if (palette || pixels || length is 0 or > 768 || length % 3 != 0 || colour is 0 or 4)
                    return null;
                palette = true;
            }
            else if (type.SequenceEqual("acTL"u8))
            {
                if (animation || pixels || length != 8 || BinaryPrimitives.ReadUInt32BigEndian(payload) is 0 or > ImageReader.MaxFrames)
                    return null;
                animation = true;
            }
            else if (type.SequenceEqual("fcTL"u8))
            {
                if (animation && (!FrameFits(payload, width, height) || ++frames > ImageReader.MaxFrames))
                    return null;
                keep = animation;
            }
            else if (type.SequenceEqual("fdAT"u8))
            {
                if (animation && (!pixels || length < 4))
                    return null;
                keep = animation;
            }
            else if (type.SequenceEqual("eXIf"u8))
            {
                orientation = orientation == 0 ? Orientation.Read(payload) : orientation;
                keep = false;
            }
            else if ((type[0] & 0x20) == 0)
            {
                // An unknown critical chunk.
                return null;
            }
            else
            {
                keep = !pixels && IsColour(type, payload.Length) && seen.Add(name);
            }

            if (keep)
            {
                if (!ChecksumHolds(data, at, whole))
                    return null;
                if (type.SequenceEqual("iCCP"u8))
                    KeepProfile(body, at, payload);
                else
                    body.Keep(at, whole);
            }
            at += whole;
        }
        return null;
    }

    /// <summary>Keeps the colour profile under a fixed name: the name in the file is free text and may identify a person.</summary>
    static void KeepProfile(CleanCopy body, int at, ReadOnlySpan<byte> payload)
    {
        var name = payload.IndexOf((byte)0);
        if (name is < 1 or > 79)
            return;
        ReadOnlySpan<byte> head = [.. "iCCP"u8, .. ProfileName];
        var profile = payload[name..];
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, ProfileName.Length + profile.Length);
        var crc = new Crc32();
        crc.Append(head);
        crc.Append(profile);
        var checksum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, crc.GetCurrentHashAsUInt32());
        body.KeepOrAdd(at, [.. length, .. head]);
        body.Keep(at + 8 + name, profile.Length);
        body.KeepOrAdd(at + 8 + payload.Length, checksum);
    }

    static bool ReadHeader(ReadOnlySpan<byte> payload, out int width, out int height, out byte colour)
    {
        (width, height, colour) = (0, 0, 0);
        if (payload.Length != 13)
            return false;
        width = BinaryPrimitives.ReadInt32BigEndian(payload);
        height = BinaryPrimitives.ReadInt32BigEndian(payload[4..]);
        colour = payload[9];
        var depthFits = (colour, payload[8]) switch
        {
            (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) or (2 or 4 or 6, 8 or 16) => true,
            _ => false,
        };
        return depthFits && payload[10] == 0 && payload[11] == 0 && payload[12] <= 1 && ImageReader.IsSide(width) && ImageReader.IsSide(height);
    }

    static bool FrameFits(ReadOnlySpan<byte> payload, int width, int height)
    {
        if (payload.Length != 26)
            return false;
        uint w = BinaryPrimitives.ReadUInt32BigEndian(payload[4..]), h = BinaryPrimitives.ReadUInt32BigEndian(payload[8..]);
        uint x = BinaryPrimitives.ReadUInt32BigEndian(payload[12..]), y = BinaryPrimitives.ReadUInt32BigEndian(payload[16..]);
        return w > 0 && h > 0 && (ulong)x + w <= (ulong)width && (ulong)y + h <= (ulong)height;
    }

    static bool IsColour(ReadOnlySpan<byte> type, int length) =>
        (type.SequenceEqual("tRNS"u8) && length is > 0 and <= 256)
        || (type.SequenceEqual("gAMA"u8) && length == 4)
        || (type.SequenceEqual("cHRM"u8) && length == 32)
        || (type.SequenceEqual("sRGB"u8) && length == 1)
        || type.SequenceEqual("iCCP"u8)
        || (type.SequenceEqual("sBIT"u8) && length is > 0 and <= 4)
        || (type.SequenceEqual("bKGD"u8) && length is > 0 and <= 6)
        || (type.SequenceEqual("cICP"u8) && length == 4)
        || ((type.SequenceEqual("mDCV"u8) || type.SequenceEqual("mDCv"u8)) && length == 24)
        || ((type.SequenceEqual("cLLI"u8) || type.SequenceEqual("cLLi"u8)) && length == 8)
        || (type.SequenceEqual("pHYs"u8) && length == 9);

    static bool ChecksumHolds(ReadOnlySpan<byte> data, int at, int whole) =>
        Crc32.HashToUInt32(data[(at + 4)..(at + whole - 4)]) == BinaryPrimitives.ReadUInt32BigEndian(data[(at + whole - 4)..]);

    static byte[] Chunk(ReadOnlySpan<byte> type, byte[] payload)
    {
        var chunk = new byte[payload.Length + Overhead];
        BinaryPrimitives.WriteInt32BigEndian(chunk, payload.Length);
        type.CopyTo(chunk.AsSpan(4));
        payload.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.HashToUInt32(chunk.AsSpan(4, payload.Length + 4)));
        return chunk;
    }
}
