using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using GifShare.ObjectStore.Images;

namespace GifShare.Rules.Tests.Media;

/// <summary>Small files that say they are large.</summary>
static class BombMaker
{
    public static byte[] Gif(ushort width, ushort height, int frames, ushort left = 0, ushort top = 0) =>
    [
        .. "GIF89a"u8, .. Two(width), .. Two(height), 0, 0, 0,
        // Every frame is one pixel: what a viewer composes is the canvas.
        .. Repeat(frames, [0x2C, .. Two((ushort)Math.Max(0, left - 1)), .. Two((ushort)Math.Max(0, top - 1)), 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]),
        0x3B,
    ];

    public static byte[] Png(int width, int height, int frames)
    {
        var png = ImageReader.Read(Sample.Bytes("plain.png"))!.Clean.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        byte[] frame = Chunk("fcTL", [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0]);
        byte[] animation = frames == 0 ? [] : [.. Chunk("acTL", [0, 0, (byte)(frames >> 8), (byte)frames, 0, 0, 0, 0]), .. Repeat(frames, frame)];
        return [.. png[..8], .. Chunk("IHDR", png[16..29]), .. animation, .. png[33..]];
    }

    public static byte[] Jpeg(ushort width, ushort height)
    {
        var jpeg = Sample.Bytes("plain.jpg");
        var frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), width);
        return jpeg;
    }

    public static byte[] Lossless(int width, int height)
    {
        var webp = Sample.Bytes("lossless.webp");
        BinaryPrimitives.WriteUInt32LittleEndian(webp.AsSpan(21), (uint)(width - 1) | (uint)(height - 1) << 14);
        return webp;
    }

    public static byte[] Lossy(ushort width, ushort height)
    {
        var webp = Sample.Bytes("lossy.webp");
        BinaryPrimitives.WriteUInt16LittleEndian(webp.AsSpan(26), width);
        BinaryPrimitives.WriteUInt16LittleEndian(webp.AsSpan(28), height);
        return webp;
    }

    public static byte[] Frames(int width, int height, int frames)
    {
        var webp = ImageReader.Read(Sample.Bytes("animated.webp"))!.Clean.ToArray();
        var at = webp.AsSpan().IndexOf("ANMF"u8);
        var frame = webp.AsSpan(at, 8 + BinaryPrimitives.ReadInt32LittleEndian(webp.AsSpan(at + 4))).ToArray();
        byte[] all = [.. webp[..24], .. Three(width - 1), .. Three(height - 1), .. webp[30..at], .. Repeat(frames, frame)];
        BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(4), all.Length - 8);
        return all;
    }

    static IEnumerable<byte> Repeat(int times, byte[] unit) => Enumerable.Repeat(unit, times).SelectMany(bytes => bytes);

    static byte[] Two(ushort value) => [(byte)value, (byte)(value >> 8)];

    static byte[] Three(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

    public static byte[] Chunk(string type, byte[] payload)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. payload, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, payload.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.HashToUInt32(chunk.AsSpan(4, payload.Length + 4)));
        return chunk;
    }
}
