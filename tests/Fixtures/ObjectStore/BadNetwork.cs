using System.Net;
using System.Net.Sockets;

namespace GifShare.Fixtures.ObjectStore;

/// <summary>A way to a server that a test can make bad.</summary>
public sealed class BadNetwork : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource ended = new();
    readonly Uri server;
    readonly Task accepting;
    int requests, cutsLeft;
    long cutAfter;

    public BadNetwork(Uri server)
    {
        this.server = server;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Connections are ended at once.</summary>
    public bool IsDown { get; set; }

    /// <summary>Requests arrive, answers do not.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Connections end after so many bytes of answers.</summary>
    public long? EndsAfter { get; set; }

    /// <summary>Answers wait for it, so a test says how slow the server is; null: they do not.</summary>
    public TaskCompletionSource? Answers { get; set; }

    /// <summary>Connections that are still to be cut (<see cref="CutRequests"/>).</summary>
    public int CutsLeft => Volatile.Read(ref cutsLeft);

    /// <summary>GET requests that went through.</summary>
    public int Gets => Volatile.Read(ref requests);

    /// <summary>So many connections end after this many bytes of requests.</summary>
    public void CutRequests(long after, int times)
    {
        Volatile.Write(ref cutAfter, after);
        Volatile.Write(ref cutsLeft, times);
    }

    /// <summary>From now on, and for answers that wait, the network is good.</summary>
    public void Mend()
    {
        (IsDown, IsSilent, EndsAfter) = (false, false, null);
        CutRequests(after: 0, times: 0);
        Answers?.TrySetResult();
        Answers = null;
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        listener.Stop();
        await accepting;
        ended.Dispose();
    }

    async Task AcceptAsync()
    {
        List<Task> running = [];
        try
        {
            while (true)
                running.Add(ServeAsync(await listener.AcceptTcpClientAsync(ended.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(running);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            if (IsDown)
                return;
            try
            {
                using var other = new TcpClient();
                await other.ConnectAsync(server.Host, server.Port, ended.Token);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), other.GetStream(), Count), CopyAsync(other.GetStream(), client.GetStream(), null));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // The connection ends.
            }
        }
    }

    void Count(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("GET "u8))
            Interlocked.Increment(ref requests);
    }

    async Task CopyAsync(NetworkStream from, NetworkStream to, SpanAction? seen)
    {
        var buffer = new byte[16 * 1024];
        long copied = 0;
        try
        {
            while (!IsDown && await from.ReadAsync(buffer, ended.Token) is var read and > 0)
            {
                seen?.Invoke(buffer.AsSpan(0, read));
                if (seen is null && IsSilent)
                    await Task.Delay(Timeout.Infinite, ended.Token);
                if (seen is null && Answers is { } answers)
                    await answers.Task.WaitAsync(ended.Token);
                if (seen is null && EndsAfter is { } most)
                    read = (int)Math.Min(read, most - copied);
                await to.WriteAsync(buffer.AsMemory(0, read), ended.Token);
                copied += read;
                if (seen is not null && CutsLeft > 0 && copied >= Volatile.Read(ref cutAfter))
                {
                    Interlocked.Decrement(ref cutsLeft);
                    return;
                }

                if (seen is null && copied >= EndsAfter)
                    return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The connection ends.
        }
    }

    delegate void SpanAction(ReadOnlySpan<byte> bytes);
}
