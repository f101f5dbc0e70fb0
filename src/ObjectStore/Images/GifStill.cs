using System.Buffers;
using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// Extracts the first frame of a GIF as a GIF of one frame, without decoding: screen descriptor and colour table, the graphic control extension
/// before the first image (it defines transparency), the image, a trailer. Only these are read, through one buffer, with every length checked.
/// </summary>
public static class GifStill
{
    /// <summary>The maximum number of bytes up to the end of the first image; beyond it there is no still.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    /// <summary>
    /// The maximum number of blocks up to the end of the first image: twice the full blocks that fit into <see cref="MaxBytes"/>. Blocks of one byte
    /// could otherwise take a second per request.
    /// </summary>
    public const int MaxBlocks = 256 * 1024;

    const int ScreenLength = 13, FrameLength = 9, ControlLength = 8, BufferLength = 16 * 1024;

    /// <summary>Extracts the still of a GIF.</summary>
    /// <param name="gif">Seekable, at position 0. The result reads from it and disposes it; when the result is null, it is at position 0 again.</param>
    /// <returns>Null when the stream is not a valid GIF, or when the first image ends beyond <see cref="MaxBytes"/> or <see cref="MaxBlocks"/>.</returns>
    public static async Task<Stream?> CutAsync(Stream gif, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            var walk = new Walk(gif, buffer, Math.Min(gif.Length, MaxBytes));
            var parts = await FindAsync(walk, cancel);
            gif.Position = 0;
            return parts is null ? null : new PartsStream(gif, parts, [0x3B]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static async ValueTask<(long Start, long Length)[]?> FindAsync(Walk walk, CancellationToken cancel)
    {
        if (!await walk.HasAsync(ScreenLength, cancel) || !IsGif(walk.Ahead))
            return null;
        var head = ScreenLength + TableLength(walk.Ahead[10]);
        walk.Skip(head);
        (long Start, long Length) control = default;
        while (await walk.HasAsync(1, cancel))
        {
            var start = walk.Position;
            switch (walk.Ahead[0])
            {
                case 0x2C when await walk.HasAsync(1 + FrameLength, cancel):
                    walk.Skip(1 + FrameLength + TableLength(walk.Ahead[FrameLength]) + 1);
                    return await SkipBlocksAsync(walk, cancel) ? [(0, head), control, (start, walk.Position - start)] : null;
                case 0x21 when await walk.HasAsync(ControlLength, cancel):
                    // The last graphic control extension before the image applies.
                    var isControl = walk.Ahead[1] == 0xF9 && walk.Ahead[2] == 4 && walk.Ahead[7] == 0;
                    walk.Skip(2);
                    if (!await SkipBlocksAsync(walk, cancel))
                        return null;
                    if (isControl)
                        control = (start, ControlLength);
                    break;
                default:
                    return null;
            }
        }
        return null;
    }

    static async ValueTask<bool> SkipBlocksAsync(Walk walk, CancellationToken cancel)
    {
        while (await walk.HasAsync(1, cancel))
        {
            var length = walk.Ahead[0];
            walk.Skip(1 + length);
            if (++walk.Blocks > MaxBlocks)
                return false;
            if (length == 0)
                return true;
        }
        return false;
    }

    static bool IsGif(ReadOnlySpan<byte> head) =>
        (head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8))
        && BinaryPrimitives.ReadUInt16LittleEndian(head[6..]) != 0 && BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) != 0;

    static int TableLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    /// <summary>Reads forward through one buffer; skips by seeking when the target is not buffered.</summary>
    sealed class Walk(Stream stream, byte[] buffer, long end)
    {
        int from, to;

        public long Position { get; private set; }

        public int Blocks { get; set; }

        public ReadOnlySpan<byte> Ahead => buffer.AsSpan(from, to - from);

        public void Skip(int count)
        {
            Position += count;
            from += count;
        }

        /// <summary>Whether <paramref name="count"/> more bytes (far fewer than the buffer holds) follow; if so, <see cref="Ahead"/> has them.</summary>
        public async ValueTask<bool> HasAsync(int count, CancellationToken cancel)
        {
            if (to - from >= count)
                return true;
            if (Position + count > end)
                return false;
            if (from < to)
                buffer.AsSpan(from, to - from).CopyTo(buffer);
            (from, to) = (0, Math.Max(0, to - from));
            stream.Position = Position + to;
            while (to < count)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(to, (int)Math.Min(BufferLength - to, end - Position - to)), cancel);
                if (read == 0)
                    return false;
                to += read;
            }
            return true;
        }
    }
}
