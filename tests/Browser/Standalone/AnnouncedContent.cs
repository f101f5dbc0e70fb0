using System.Net;

namespace GifShare.Browser.Tests.Standalone;

/// <summary>
/// Says how long it is and sends its beginning. A client that goes on sending after it was refused is reset by Caddy, at times before it
/// has read the refusal; this one has nothing on its way then.
/// </summary>
internal sealed class AnnouncedContent(long length, CancellationToken cancel) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, cancel);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(new byte[1024], cancellationToken);
        await stream.FlushAsync(cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }
}
