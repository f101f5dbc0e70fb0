using System.Buffers;
using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// Cuts the first frame out of a GIF as a GIF of its own, without decoding: screen and colour table, the control block before the first image (which
/// defines transparency), the image, a trailer. Only these are read, in one buffer, and every length is checked.
/// </summary>
public static class GifStill
{
    /// <summary>The most bytes to read until the first image ends. With more there is no still.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    /// <summary>The most blocks until the first image ends: twice as many as full ones fit into <see cref="MaxBytes"/>. With blocks of one byte, a request could otherwise take a second.</summary>
    public const int MaxBlocks = 256 * 1024;

    const int ScreenLength = 13, FrameLength = 9, ControlLength = 8, BufferLength = 16 * 1024;

    /// <summary>Cuts the still out of a GIF.</summary>
    /// <param name="gif">Seekable, at its beginning. The result reads from it and disposes it; when the result is null, it is at its beginning again.</param>
    /// <returns>Null when the stream is no GIF or a broken one, or when its first image ends after too many bytes or blocks.</returns>
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
                    // The last control block before the image counts.
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

    /// <summary>Walks forward through a stream with one buffer. Skipping seeks where the bytes are not in the buffer.</summary>
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

        /// <summary>Whether so many bytes (far fewer than the buffer holds) follow; then <see cref="Ahead"/> has them.</summary>
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
