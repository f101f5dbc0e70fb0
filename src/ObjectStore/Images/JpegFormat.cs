using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// Reads and cleans 8-bit baseline, extended and progressive JPEG, the kinds that browsers support. Kept: everything a decoder needs, JFIF (without
/// the thumbnail), ICC profile, Adobe's colour transform. Removed: all other APPn segments, comments, everything after EOI.
/// </summary>
static class JpegFormat
{
    const int MaxScans = 256;

    public static ReadOnlySpan<byte> Start => [0xFF, 0xD8, 0xFF];

    public static ImageReading? Read(ReadOnlyMemory<byte> bytes)
    {
        var data = bytes.Span;
        CleanCopy jfif = new(bytes), body = new(bytes);
        int width = 0, height = 0, scans = 0, orientation = 0;
        var at = 2;
        var ended = false;
        for (var segments = 0; !ended && segments < ImageReader.MaxChunks; segments++)
        {
            if (!NextMarker(data, ref at, out var marker))
                return null;
            if (marker == 0xD9)
            {
                if (scans == 0)
                    return null;
                body.Keep(at - 2, 2);
                ended = true;
                continue;
            }
            // A marker without a length is invalid here; decoders disagree on how to treat it.
            if (marker is < 0xC0 or (>= 0xD0 and <= 0xD8) || at + 2 > data.Length)
                return null;
            int length = BinaryPrimitives.ReadUInt16BigEndian(data[at..]);
            if (length < 2 || at + length > data.Length)
                return null;
            var payload = data.Slice(at + 2, length - 2);
            int from = at - 2, to = at + length;
            at = to;
            switch (marker)
            {
                case 0xC0 or 0xC1 or 0xC2:
                    if (width != 0 || !ReadFrame(payload, out width, out height))
                        return null;
                    body.Keep(from, to - from);
                    break;
                case 0xC4 or 0xDB or 0xDD:
                    body.Keep(from, to - from);
                    break;
                case 0xDA:
                    if (width == 0 || ++scans > MaxScans || !SkipScan(data, ref at))
                        return null;
                    body.Keep(from, at - from);
                    break;
                case 0xE0 when jfif.Count == 0 && payload.Length >= 14 && payload.StartsWith("JFIF\0"u8):
                    jfif.KeepOrAdd(from, [0xFF, 0xE0, 0, 16, .. payload[..12], 0, 0]);
                    break;
                case 0xE1 when orientation == 0 && payload.StartsWith("Exif\0\0"u8):
                    orientation = Orientation.Read(payload);
                    break;
                case 0xE2 when payload.StartsWith("ICC_PROFILE\0"u8):
                    body.Keep(from, to - from);
                    break;
                case 0xEE when payload.Length >= 12 && payload.StartsWith("Adobe"u8):
                    body.KeepOrAdd(from, [0xFF, 0xEE, 0, 14, .. payload[..12]]);
                    break;
                case (>= 0xE0 and <= 0xEF) or 0xFE:
                    break;
                default:
                    // Lossless, arithmetic or hierarchical: no browser supports these.
                    return null;
            }
        }
        if (!ended)
            return null;

        var clean = new CleanCopy(bytes);
        clean.Keep(0, 2);
        clean.Append(jfif);
        if (orientation > Orientation.Upright)
            clean.Add([0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. Orientation.Write(orientation)]);
        clean.Append(body);
        return ImageReading.Oriented(ImageFormat.Jpeg, width, height, frames: 1, orientation, clean);
    }

    static bool ReadFrame(ReadOnlySpan<byte> payload, out int width, out int height)
    {
        (width, height) = (0, 0);
        if (payload.Length < 9 || payload[0] != 8 || payload[5] is 0 or > 4 || payload.Length != 6 + 3 * payload[5])
            return false;
        height = BinaryPrimitives.ReadUInt16BigEndian(payload[1..]);
        width = BinaryPrimitives.ReadUInt16BigEndian(payload[3..]);
        return ImageReader.IsSide(width) && ImageReader.IsSide(height);
    }

    /// <summary>Moves to the byte after the next marker; any number of FF fill bytes may precede it.</summary>
    static bool NextMarker(ReadOnlySpan<byte> data, ref int at, out byte marker)
    {
        marker = 0;
        if (at >= data.Length || data[at] != 0xFF)
            return false;
        while (at < data.Length && data[at] == 0xFF)
            at++;
        if (at >= data.Length || data[at] == 0)
            return false;
        marker = data[at++];
        return true;
    }

    /// <summary>Moves to the marker after the entropy-coded data, in which FF is followed by 00 or a restart marker.</summary>
    static bool SkipScan(ReadOnlySpan<byte> data, ref int at)
    {
        while (true)
        {
            var next = data[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= data.Length)
                return false;
            at += next;
            switch (data[at + 1])
            {
                case 0x00 or (>= 0xD0 and <= 0xD7):
                    at += 2;
                    break;
                case 0xFF:
                    at++;
                    break;
                default:
                    return true;
            }
        }
    }
}
