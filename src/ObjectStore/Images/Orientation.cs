using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>The EXIF orientation, the only EXIF tag that affects rendering. 1 is upright; 5 to 8 swap width and height.</summary>
static class Orientation
{
    public const int Upright = 1;
    const int Tag = 0x0112, Short = 3;

    /// <summary>Reads the orientation from a TIFF block. Unreadable EXIF means upright, as in browsers.</summary>
    public static int Read(ReadOnlySpan<byte> tiff)
    {
        if (tiff.StartsWith("Exif\0\0"u8))
            tiff = tiff[6..];
        var big = tiff.StartsWith("MM\0*"u8);
        if (tiff.Length < 8 || (!big && !tiff.StartsWith("II*\0"u8)))
            return Upright;
        var first = UInt32(tiff[4..], big);
        if (first < 8 || first > tiff.Length - 2)
            return Upright;
        var at = (int)first;
        var count = UInt16(tiff[at..], big);
        at += 2;
        for (var i = 0; i < count && at + 12 <= tiff.Length; i++, at += 12)
        {
            var entry = tiff.Slice(at, 12);
            if (UInt16(entry, big) != Tag)
                continue;
            var value = UInt16(entry[8..], big);
            return UInt16(entry[2..], big) == Short && UInt32(entry[4..], big) == 1 && value is >= 1 and <= 8 ? value : Upright;
        }
        return Upright;
    }

    /// <summary>The smallest TIFF block that holds only the orientation.</summary>
    public static byte[] Write(int orientation) =>
    [
        .. "MM\0*"u8, 0, 0, 0, 8, 0, 1,
        Tag >> 8, Tag & 0xFF, 0, Short, 0, 0, 0, 1, 0, (byte)orientation, 0, 0,
        0, 0, 0, 0,
    ];

    static int UInt16(ReadOnlySpan<byte> at, bool big) =>
        big ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    static uint UInt32(ReadOnlySpan<byte> at, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
}
