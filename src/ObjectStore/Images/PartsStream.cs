namespace GifShare.ObjectStore.Images;

/// <summary>A seekable stream of ranges of a source stream followed by a few bytes. Disposes the source.</summary>
sealed class PartsStream(Stream source, (long Start, long Length)[] parts, byte[] end) : Stream
{
    readonly long length = parts.Sum(part => part.Length) + end.Length;
    long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            position = value;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var (start, room) = Next(buffer.Length);
        if (start < 0)
            return ReadEnd(buffer);
        source.Position = start;
        return Advance(source.Read(buffer[..room]));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var (start, room) = Next(buffer.Length);
        if (start < 0)
            return ReadEnd(buffer.Span);
        source.Position = start;
        return Advance(await source.ReadAsync(buffer[..room], cancellationToken));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => length + offset,
    };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Maps the current position to the source offset and the bytes left in that part; -1: after all parts.</summary>
    (long Start, int Room) Next(int wanted)
    {
        var within = position;
        foreach (var (start, length) in parts)
        {
            if (within < length)
                return (start + within, (int)Math.Min(wanted, length - within));
            within -= length;
        }
        return (-1, 0);
    }

    int ReadEnd(Span<byte> buffer)
    {
        var left = end.AsSpan((int)Math.Min(end.Length, position - (length - end.Length)));
        var taken = Math.Min(left.Length, buffer.Length);
        left[..taken].CopyTo(buffer);
        return Advance(taken);
    }

    int Advance(int count)
    {
        position += count;
        return count;
    }
}
