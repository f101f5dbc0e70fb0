namespace GifShare.ObjectStore.Images;

/// <summary>A cleaned file described as ranges of the source file with a few inserted bytes between them.</summary>
public sealed class CleanCopy
{
    readonly ReadOnlyMemory<byte> source;
    readonly List<Piece> pieces = [];

    internal CleanCopy(ReadOnlyMemory<byte> source) => this.source = source;

    public long Length => pieces.Sum(p => (long)p.Length);

    /// <summary>Whether the source, of this length, needs no cleaning: no byte was removed, not even after the end of the image.</summary>
    public bool IsWhole(long fileLength) => pieces is [{ Offset: 0 } only] && only.Length == fileLength;

    internal int Count => pieces.Count;

    internal void Keep(int offset, int length)
    {
        if (pieces.Count > 0 && pieces[^1] is { Literal: null } last && last.Offset + last.Length == offset)
            pieces[^1] = last with { Length = last.Length + length };
        else if (length > 0)
            pieces.Add(new Piece(offset, length, null));
    }

    internal void Add(byte[] literal) => pieces.Add(new Piece(-1, literal.Length, literal));

    /// <summary>Keeps the source's bytes at this offset if they equal <paramref name="wanted"/>; otherwise inserts <paramref name="wanted"/>.</summary>
    internal void KeepOrAdd(int offset, byte[] wanted)
    {
        if (source.Span[offset..].StartsWith(wanted))
            Keep(offset, wanted.Length);
        else
            Add(wanted);
    }

    internal void Append(CleanCopy other)
    {
        foreach (var piece in other.pieces)
        {
            if (piece.Literal is null)
                Keep(piece.Offset, piece.Length);
            else
                pieces.Add(piece);
        }
    }

    /// <summary>Opens the cleaned file at position 0. The source must stay alive and unchanged until the stream is disposed.</summary>
    public Stream OpenRead() => new Reader(this);

    public byte[] ToArray()
    {
        var all = new byte[Length];
        using var reader = OpenRead();
        reader.ReadExactly(all);
        return all;
    }

    ReadOnlySpan<byte> Bytes(Piece piece) => piece.Literal ?? source.Span.Slice(piece.Offset, piece.Length);

    readonly record struct Piece(int Offset, int Length, byte[]? Literal);

    sealed class Reader(CleanCopy copy) : Stream
    {
        int piece, within;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => copy.Length;

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = 0;
            while (read < buffer.Length && piece < copy.pieces.Count)
            {
                var left = copy.Bytes(copy.pieces[piece])[within..];
                var taken = Math.Min(left.Length, buffer.Length - read);
                left[..taken].CopyTo(buffer[read..]);
                read += taken;
                within += taken;
                if (taken == left.Length)
                    (piece, within) = (piece + 1, 0);
            }
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
