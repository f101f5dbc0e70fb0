using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace GifShare.Browser.Tests.Site;

/// <summary>A way to the product that can be cut and mended, as if the server were stopped and started again.</summary>
internal sealed class Relay : IDisposable
{
    private readonly int port;
    private readonly ConcurrentDictionary<TcpClient, byte> open = [];
    private TcpListener listener = new(IPAddress.Loopback, 0);

    public Relay(Uri goal)
    {
        Goal = goal;
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Accept(listener);
    }

    /// <summary>Where new connections lead.</summary>
    public Uri Goal { get; set; }

    public Uri Address => new($"http://localhost:{port}/");

    public void Cut()
    {
        listener.Stop();
        foreach (var client in open.Keys)
            client.Dispose();
        open.Clear();
    }

    public void Mend()
    {
        listener = new(IPAddress.Loopback, port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        _ = Accept(listener);
    }

    public void Dispose() => Cut();

    private async Task Accept(TcpListener from)
    {
        while (true)
        {
            try
            {
                _ = Carry(await from.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task Carry(TcpClient browser)
    {
        using var server = new TcpClient();
        open[browser] = open[server] = 0;
        try
        {
            await server.ConnectAsync(Goal.Host, Goal.Port);
            await Task.WhenAny(browser.GetStream().CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(browser.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
        finally
        {
            open.TryRemove(browser, out _);
            open.TryRemove(server, out _);
            browser.Dispose();
        }
    }
}
