using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GifShare.Faults.Tests;

/// <summary>An answer as it came, byte for byte.</summary>
/// <param name="Status">0 when the server closed the connection without an answer.</param>
/// <param name="Head">Status line and headers.</param>
/// <param name="Body">Without the framing of its transfer coding.</param>
public sealed record Reply(int Status, string Head, byte[] Body)
{
    public static Reply None { get; } = new(0, "", []);

    public string Text => Encoding.UTF8.GetString(Body);

    public string? this[string header]
    {
        get
        {
            foreach (var line in Head.Split("\r\n"))
                if (line.StartsWith(header + ":", StringComparison.OrdinalIgnoreCase))
                    return line[(header.Length + 1)..].Trim();
            return null;
        }
    }
}

/// <summary>
/// One HTTP/1.1 connection of which every byte is ours: paths, headers and bodies that no client library would send, from any address
/// of 127.0.0.0/8, as slowly as one likes.
/// </summary>
public sealed class Wire : IDisposable
{
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(90);

    private readonly IPEndPoint server;
    private readonly IPAddress from;
    private readonly byte[] buffer = new byte[16 * 1024];
    private Socket? socket;
    private int start, end;

    public Wire(Uri server, IPAddress? from = null)
    {
        this.server = new IPEndPoint(IPAddress.Loopback, server.Port);
        this.from = from ?? IPAddress.Loopback;
    }

    public bool IsOpen => this.socket is { } socket && !(socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0);

    /// <summary>127.0.x.y: a client of its own, as far as limits per address go.</summary>
    public static IPAddress Client(int number) => new([127, 1, (byte)(number / 250), (byte)((number % 250) + 1)]);

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(server, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        this.socket = socket;
        start = end = 0;
    }

    public Task WriteAsync(string text, CancellationToken cancellationToken) => WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        // Whoever reads may close it meanwhile.
        var socket = this.socket ?? throw new ObjectDisposedException(nameof(Wire));
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
    }

    /// <summary>One whole request and its answer; connects when it is not connected.</summary>
    public async Task<Reply> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken, bool isHead = false)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Hangs);
        if (!IsOpen)
        {
            Close();
            await OpenAsync(limit.Token);
        }

        // It may answer, and close, before it has read all.
        var writing = WriteAsync(request, limit.Token);
        var reply = await ReadAsync(limit.Token, isHead);
        try
        {
            if (!writing.IsCompleted)
                Close();
            await writing;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Close();
        }

        return reply;
    }

    public async Task<Reply> ReadAsync(CancellationToken cancellationToken, bool isHead = false)
    {
        try
        {
            while (true)
            {
                var head = await ReadHead(cancellationToken);
                if (head.Length == 0)
                    return Gone();
                var reply = new Reply(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head, []);
                if (reply.Status is >= 100 and < 200)
                    continue;
                var body = isHead || reply.Status is 204 or 304 ? [] : await ReadBody(reply, cancellationToken);
                if (string.Equals(reply["Connection"], "close", StringComparison.OrdinalIgnoreCase))
                    Close();
                return reply with { Body = body };
            }
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or ObjectDisposedException)
        {
            return Gone();
        }
    }

    /// <summary>Vanishes: with a reset, as a process that dies does.</summary>
    public void Vanish()
    {
        if (this.socket is { } socket)
            socket.LingerState = new LingerOption(true, 0);
        Close();
    }

    public void Close()
    {
        socket?.Dispose();
        socket = null;
    }

    public void Dispose() => Close();

    private Reply Gone()
    {
        Close();
        return Reply.None;
    }

    private async Task<string> ReadHead(CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        while (await ReadLine(cancellationToken) is { } line)
        {
            if (line.Length == 0)
                return head.ToString();
            head.Append(line).Append("\r\n");
        }

        return "";
    }

    private async Task<byte[]> ReadBody(Reply reply, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        if (reply["Transfer-Encoding"] is not null)
        {
            while (int.Parse(await ReadLine(cancellationToken) ?? throw new EndOfStreamException(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
            {
                await ReadInto(body, size, cancellationToken);
                await ReadLine(cancellationToken);
            }

            await ReadLine(cancellationToken);
        }
        else if (reply["Content-Length"] is { } length)
        {
            await ReadInto(body, int.Parse(length, CultureInfo.InvariantCulture), cancellationToken);
        }
        else
        {
            while (await Fill(cancellationToken))
            {
                body.Write(buffer, start, end - start);
                start = end;
            }

            Close();
        }

        return body.ToArray();
    }

    private async Task ReadInto(MemoryStream body, int length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            if (start == end && !await Fill(cancellationToken))
                throw new EndOfStreamException();
            var some = Math.Min(length, end - start);
            body.Write(buffer, start, some);
            start += some;
            length -= some;
        }
    }

    private async Task<string?> ReadLine(CancellationToken cancellationToken)
    {
        var line = new List<byte>(80);
        while (true)
        {
            if (start == end && !await Fill(cancellationToken))
                return null;
            var next = buffer[start++];
            if (next == '\n')
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
        }
    }

    private async Task<bool> Fill(CancellationToken cancellationToken)
    {
        if (this.socket is not { } socket)
            return false;
        start = 0;
        end = await socket.ReceiveAsync(buffer, cancellationToken);
        return end > 0;
    }
}
