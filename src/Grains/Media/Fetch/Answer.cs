using System.IO.Compression;
using System.Text;
using GifShare.ObjectStore.Images;

namespace GifShare.Grains.Media.Fetch;

/// <summary>
/// An answer 200, read as a stream: decompressed (some sites compress although they are asked not to), so that every limit counts bytes as they would be stored.
/// Every failure of the remote is a <see cref="FetchFailedException"/>.
/// </summary>
internal sealed class Answer : ReadOnlyStream
{
    readonly Stream body;
    byte[] head = [];
    int given;

    Answer(Target source, HttpResponseMessage response, Stream raw)
    {
        var headers = response.Content.Headers;
        var plain = headers.ContentEncoding.All(encoding => encoding.Equals("identity", StringComparison.OrdinalIgnoreCase));
        (Source, Type) = (source, headers.ContentType?.MediaType?.ToLowerInvariant() ?? "");
        (body, AnnouncedLength) = plain ? (raw, headers.ContentLength) : (Decompress(raw, headers.ContentEncoding), null);
    }

    /// <summary>Whose answer it is.</summary>
    public Target Source { get; }

    /// <summary>The media type that the remote claims, lower case; empty when it claims none. A hint.</summary>
    public string Type { get; }

    /// <summary>Null when the remote does not say it, or compresses.</summary>
    public long? AnnouncedLength { get; }

    /// <summary>By the first bytes; null for everything that is not taken.</summary>
    public MediaFormat? Format => MediaSignature.Of(head);

    /// <summary>Typed or untyped HTML that begins like HTML.</summary>
    public bool IsPage
    {
        get
        {
            var start = Encoding.Latin1.GetString(head).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n', '\f');
            return Type is "text/html" or "application/xhtml+xml"
                ? start.StartsWith('<')
                : Type is "" or "text/plain" && (start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase));
        }
    }

    /// <summary>Opens the body, which ends with <paramref name="response"/>, and reads its first bytes.</summary>
    public static async Task<Answer> Open(Target source, HttpResponseMessage response, long bytesPerSecond, TimeProvider time, CancellationToken cancel)
    {
        var answer = new Answer(source, response, new PacedStream(await response.Content.ReadAsStreamAsync(cancel), bytesPerSecond, source.Host, time));
        try
        {
            var start = new byte[256];
            answer.head = start[..await answer.ReadAtMost(start, cancel)];
            return answer;
        }
        catch
        {
            await answer.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (given < head.Length)
        {
            var count = Math.Min(buffer.Length, head.Length - given);
            head.AsMemory(given, count).CopyTo(buffer);
            given += count;
            return count;
        }

        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw OutgoingHttp.Explain(e, Source.Host);
        }
    }

    /// <summary>At most the first <paramref name="most"/> bytes, as text.</summary>
    public async Task<string> ReadText(int most, CancellationToken cancel)
    {
        var bytes = new byte[most];
        var length = await ReadAtMost(bytes, cancel);
        // Addresses are ASCII, whatever the page is written in.
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    async Task<int> ReadAtMost(Memory<byte> buffer, CancellationToken cancel)
    {
        var length = 0;
        while (length < buffer.Length && await ReadAsync(buffer[length..], cancel) is var read and > 0)
            length += read;
        return length;
    }

    static Stream Decompress(Stream raw, ICollection<string> encodings) => (encodings.Count == 1 ? encodings.First().ToLowerInvariant() : "") switch
    {
        "gzip" or "x-gzip" => new GZipStream(raw, CompressionMode.Decompress),
        "deflate" => new ZLibStream(raw, CompressionMode.Decompress),
        "br" => new BrotliStream(raw, CompressionMode.Decompress),
        // Several layers are how bombs are made.
        _ => throw FetchFailedException.NotMedia(),
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            body.Dispose();
        base.Dispose(disposing);
    }
}
