using System.Net;
using System.Net.Sockets;

namespace GifShare.Grains.Media.Fetch;

public interface IHostResolver
{
    /// <summary>All network addresses of a host; empty when there is no such host. It is asked once per connection, and its answer is what is connected to.</summary>
    Task<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancel);
}

/// <summary>As the operating system resolves names, its hosts file included; what comes out is judged, whatever the name.</summary>
internal sealed class SystemResolver : IHostResolver
{
    public async Task<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancel)
    {
        try
        {
            // The system's call cannot be ended; the wait for it can.
            return await Dns.GetHostAddressesAsync(host, cancel).WaitAsync(cancel);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TryAgain)
        {
            throw FetchFailedException.HostNotFound(host, passing: true);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return [];
        }
    }
}
