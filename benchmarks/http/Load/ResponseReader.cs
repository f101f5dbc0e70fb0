using System.Buffers.Text;

namespace GifShare.Bench.Load;

/// <summary>An incremental parser of HTTP/1.1 responses with Content-Length or chunked encoding, all that our servers send.</summary>
internal sealed class ResponseReader
{
    private readonly byte[] head = new byte[8 * 1024];
    private int headLength;
    private long bodyLeft;
    private bool inBody, isChunked;
    private int endMatched;

    public int Status { get; private set; }

    /// <summary>The version in <c>ETag: "version.n"</c>; 0 without one.</summary>
    public long Version { get; private set; }

    /// <summary>True when the response is complete; no bytes may follow it, as requests are not pipelined.</summary>
    public bool Feed(ReadOnlySpan<byte> piece)
    {
        if (!inBody)
        {
            var room = Math.Min(piece.Length, head.Length - headLength);
            piece[..room].CopyTo(head.AsSpan(headLength));
            var end = head.AsSpan(0, headLength + room).IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                headLength += room;
                return room == head.Length ? throw new InvalidDataException("The head of the answer is too long.") : false;
            }

            piece = piece[(end + 4 - headLength)..];
            Parse(head.AsSpan(0, end + 2));
            inBody = true;
        }

        if (isChunked)
            return FeedChunks(piece);
        bodyLeft -= piece.Length;
        return bodyLeft <= 0 && Done();
    }

    private bool FeedChunks(ReadOnlySpan<byte> piece)
    {
        var last = "\r\n0\r\n\r\n"u8;
        foreach (var b in piece)
        {
            endMatched = b == last[endMatched] ? endMatched + 1 : b == last[0] ? 1 : 0;
            if (endMatched == last.Length)
                return Done();
        }

        return false;
    }

    private bool Done()
    {
        (headLength, bodyLeft, inBody, isChunked, endMatched) = (0, 0, false, false, 0);
        return true;
    }

    private void Parse(ReadOnlySpan<byte> text)
    {
        Status = Utf8Parser.TryParse(text[9..], out int status, out _) ? status : 0;
        bodyLeft = Number(text, "\r\nContent-Length: "u8);
        isChunked = text.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) >= 0;
        Version = Number(text, "\r\nETag: \""u8);
        if (Status == 304)
            bodyLeft = 0;
    }

    private static long Number(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        var at = text.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(text[(at + name.Length)..], out long value, out _) ? value : 0;
    }
}
