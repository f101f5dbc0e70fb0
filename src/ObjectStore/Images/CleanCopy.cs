namespace GifShare.ObjectStore.Images;

/// <summary>A file described as ranges of another, with a few bytes of our own between them; neighbouring ranges are one.</summary>
public sealed class CleanCopy
{
    readonly ReadOnlyMemory<byte> _source;
    readonly List<Piece> _pieces = [];

    internal CleanCopy(ReadOnlyMemory<byte> source) => _source = source;

    public long Length => _pieces.Sum(p => (long)p.Length);

    /// <summary>Nothing had to go: the source itself is the clean copy.</summary>
    public bool IsWhole => _pieces is [{ Offset: 0 } only] && only.Length == _source.Length;

    internal int Count => _pieces.Count;

    internal void Keep(int offset, int length)
    {
        if (_pieces.Count > 0 && _pieces[^1] is { Literal: null } last && last.Offset + last.Length == offset)
            _pieces[^1] = last with { Length = last.Length + length };
        else if (length > 0)
            _pieces.Add(new Piece(offset, length, null));
    }

    internal void Add(byte[] literal) => _pieces.Add(new Piece(-1, literal.Length, literal));

    /// <summary>Keeps the source's bytes at this place when they are these, else adds them.</summary>
    internal void KeepOrAdd(int offset, byte[] wanted)
    {
        if (_source.Span[offset..].StartsWith(wanted))
            Keep(offset, wanted.Length);
        else
            Add(wanted);
    }

    internal void Append(CleanCopy other)
    {
        foreach (var piece in other._pieces)
        {
            if (piece.Literal is null)
                Keep(piece.Offset, piece.Length);
            else
                _pieces.Add(piece);
        }
    }

    /// <summary>Reads the copy from its beginning. The source must stay alive and unchanged meanwhile.</summary>
    public Stream OpenRead() => new Reader(this);

    public byte[] ToArray()
    {
        var all = new byte[Length];
        OpenRead().ReadExactly(all);
        return all;
    }

    ReadOnlySpan<byte> Bytes(Piece piece) => piece.Literal ?? _source.Span.Slice(piece.Offset, piece.Length);

    readonly record struct Piece(int Offset, int Length, byte[]? Literal);

    sealed class Reader(CleanCopy copy) : Stream
    {
        int _piece, _within;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => copy.Length;

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = 0;
            while (read < buffer.Length && _piece < copy._pieces.Count)
            {
                var left = copy.Bytes(copy._pieces[_piece])[_within..];
                var taken = Math.Min(left.Length, buffer.Length - read);
                left[..taken].CopyTo(buffer[read..]);
                read += taken;
                _within += taken;
                if (taken == left.Length)
                    (_piece, _within) = (_piece + 1, 0);
            }
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
