using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.Bench.Media;

/// <summary>What one round sends. No two files of a run have the same bytes, or the product would store only one of them.</summary>
/// <param name="Large">Bytes of each of the larger files, which are sent in parts.</param>
/// <param name="LargeFiles">How many.</param>
/// <param name="Pictures">How many small pictures.</param>
/// <param name="Middle">How many files of 5 MB.</param>
sealed record Load(int Large, int LargeFiles, int Pictures, int Middle)
{
    public const int PartBytes = 16 << 20, PartsAtOnce = 4, FilesAtOnce = 16, MiddleBytes = 5 << 20;

    /// <summary>A store in memory of 8 GB that frees what is deleted only hours later gets less.</summary>
    public static Load Of(bool isShort, bool inMemory) => (isShort, inMemory) switch
    {
        (true, _) => new(32 << 20, 2, 64, 16),
        (_, true) => new(32 << 20, 4, 160, 16),
        _ => new(64 << 20, 4, 480, 64),
    };

    public static byte[] Film(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        Begin(bytes);
        return bytes;
    }

    /// <summary>Makes the bytes begin as those of an MP4 do.</summary>
    public static void Begin(Span<byte> bytes) => ((ReadOnlySpan<byte>)[0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 2, 0]).CopyTo(bytes);

    /// <summary>A PNG of 200 KB: noise, not compressed.</summary>
    public static byte[] Picture()
    {
        const int side = 258, row = 1 + (3 * side);
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, side);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), side);
        (head[8], head[9]) = (8, 2);
        Chunk("IHDR", head);
        var pixels = RandomNumberGenerator.GetBytes(row * side);
        for (var y = 0; y < side; y++)
            pixels[y * row] = 0;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
            zlib.Write(pixels);
        Chunk("IDAT", packed.ToArray());
        Chunk("IEND", []);
        return file.ToArray();

        void Chunk(string type, byte[] content)
        {
            var number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write(number);
            byte[] named = [.. Encoding.ASCII.GetBytes(type), .. content];
            file.Write(named);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(named));
            file.Write(number);
        }
    }
}
