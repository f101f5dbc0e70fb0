using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GifShare.Bench.Load;

/// <summary>A blocking client with one keep-alive connection: the cheapest client for checks and for serial latencies.</summary>
internal sealed class Wire : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly ResponseReader reader = new();

    public Wire(int port) => socket.Connect(new IPEndPoint(IPAddress.Loopback, port));

    public (int Status, long Version) Send(byte[] request)
    {
        socket.Send(request);
        while (true)
        {
            var length = socket.Receive(buffer);
            if (length == 0)
                throw new IOException("The server closed the connection.");
            if (reader.Feed(buffer.AsSpan(0, length)))
                return (reader.Status, reader.Version);
        }
    }

    public static byte[] Get(string path, string? token = null) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{Bearer(token)}\r\n");

    public static byte[] Post(string path, string token, string json) =>
        Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{Bearer(token)}Content-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}");

    private static string Bearer(string? token) => token is null ? "" : $"Authorization: Bearer {token}\r\n";

    public void Dispose() => socket.Dispose();
}
