using System.Net;
using System.Net.Sockets;

namespace GifShare.Standalone.Host;

/// <summary>
/// The listening sockets, opened before anything else starts and handed to Kestrel later. No other program can take the port in between, and an
/// unavailable port is reported before a database is touched. Early connections wait in the backlog.
/// </summary>
internal sealed class ListeningSockets : IDisposable
{
    private const int Backlog = 512;

    private readonly List<Socket> sockets = [];

    private ListeningSockets()
    {
    }

    public int Port { get; private set; }

    public IEnumerable<ulong> Handles => sockets.Select(s => (ulong)s.Handle);

    public static ListeningSockets Open(string host, int port)
    {
        if (port is < 0 or > 65535)
            throw new StartFailedException($"Port {port} does not exist; choose one from 1 to 65535 with --port.", ExitCodes.Usage);
        var sockets = new ListeningSockets { Port = port };
        try
        {
            foreach (var address in AddressesOf(host))
                sockets.Add(address);
            return sockets;
        }
        catch (SocketException e)
        {
            sockets.Dispose();
            throw new StartFailedException(
                e.SocketErrorCode switch
                {
                    SocketError.AddressAlreadyInUse => $"Port {port} is in use; try --port {NextFree(host, port)}.",
                    SocketError.AccessDenied => $"Port {port} may only be used by root; try --port 8080.",
                    SocketError.AddressNotAvailable =>
                        $"{host} is no address of this machine; use --host localhost, --host '*' or one of its addresses.",
                    _ => $"Port {port} on {host} cannot be opened ({e.Message}); try another --port or --host.",
                },
                e.SocketErrorCode == SocketError.AddressNotAvailable ? ExitCodes.Usage : ExitCodes.Failure, e);
        }
    }

    public void Dispose()
    {
        foreach (var socket in sockets)
            socket.Dispose();
        sockets.Clear();
    }

    private static IPAddress[] AddressesOf(string host) =>
        host switch
        {
            "localhost" => Socket.OSSupportsIPv6 && HasIPv6Loopback() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback],
            "*" or "+" => [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any],
            _ => IPAddress.TryParse(host, out var address)
                ? [address]
                : throw new StartFailedException(
                    $"--host {host} is not understood; use localhost, '*' or one of this machine's addresses.", ExitCodes.Usage),
        };

    private static bool HasIPv6Loopback()
    {
        try
        {
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Add(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        sockets.Add(socket);
        if (address.Equals(IPAddress.IPv6Any))
            socket.DualMode = true;
        try
        {
            socket.Bind(new IPEndPoint(address, Port));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && sockets.Count > 1 && Port >= 32768)
        {
            // A port that is free for IPv4 need not be free for IPv6; IPv4 alone suffices.
            sockets.Remove(socket);
            socket.Dispose();
            return;
        }

        socket.Listen(Backlog);
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static int NextFree(string host, int port)
    {
        for (var next = port + 1; next < Math.Min(port + 20, 65536); next++)
        {
            using var probe = new ListeningSockets { Port = next };
            try
            {
                foreach (var address in AddressesOf(host))
                    probe.Add(address);
                return next;
            }
            catch (SocketException)
            {
                // This port is in use too.
            }
        }

        return port + 1;
    }
}
