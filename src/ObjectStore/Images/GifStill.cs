using System.Buffers;
using System.Buffers.Binary;

namespace GifShare.ObjectStore.Images;

/// <summary>
/// The first frame of a GIF as a GIF of its own, without decoding: screen and colour table, the control block before the first image (it
/// says what is transparent), the image, a trailer. Only these are read, in one buffer, and every length is checked against what is there.
/// </summary>
public static class GifStill
{
    /// <summary>What is read at most before the first image ends; more is no picture that anybody waits for.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    /// <summary>So many blocks before the first image ends, at most: full ones fill <see cref="MaxBytes"/> twice. Blocks of a byte each would make one request cost a second.</summary>
    public const int MaxBlocks = 256 * 1024;

    const int ScreenLength = 13, FrameLength = 9, ControlLength = 8, BufferLength = 16 * 1024;

    /// <summary>Cuts the still out of a GIF that stands at its beginning.</summary>
    /// <param name="gif">Seekable; the result reads from it and disposes it. Null: it is back at its beginning.</param>
    /// <returns>Null when it is no GIF, a broken one, or one whose first image ends too late or behind too many blocks.</returns>
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
                    // The last one before the image counts; it has a fixed form.
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

    /// <summary>Goes forward through a stream with one buffer; skipping reads nothing that does not lie in it.</summary>
    sealed class Walk(Stream stream, byte[] buffer, long end)
    {
        int _from, _to;

        public long Position { get; private set; }

        public int Blocks { get; set; }

        public ReadOnlySpan<byte> Ahead => buffer.AsSpan(_from, _to - _from);

        public void Skip(int count)
        {
            Position += count;
            _from += count;
        }

        /// <summary>Are there so many bytes (far fewer than the buffer holds) ahead? Then <see cref="Ahead"/> shows them.</summary>
        public async ValueTask<bool> HasAsync(int count, CancellationToken cancel)
        {
            if (_to - _from >= count)
                return true;
            if (Position + count > end)
                return false;
            if (_from < _to)
                buffer.AsSpan(_from, _to - _from).CopyTo(buffer);
            (_from, _to) = (0, Math.Max(0, _to - _from));
            stream.Position = Position + _to;
            while (_to < count)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(_to, (int)Math.Min(BufferLength - _to, end - Position - _to)), cancel);
                if (read == 0)
                    return false;
                _to += read;
            }
            return true;
        }
    }
}
