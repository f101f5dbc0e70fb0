using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace GifShare.Bench.Systems;

/// <summary>An answer of Redis. Dispose gives the bytes back to the pool.</summary>
internal readonly record struct Reply(long Number, byte[]? Rented, int Length, Reply[]? Many) : IDisposable
{
    public ReadOnlyMemory<byte>? Bulk => Rented?.AsMemory(0, Length);

    public void Dispose()
    {
        if (Rented is not null)
            ArrayPool<byte>.Shared.Return(Rented);
        foreach (var reply in Many ?? [])
            reply.Dispose();
    }
}

/// <summary>
/// A small client of Redis (RESP2): one connection that all requests share. What is sent while an earlier flush is under way leaves together
/// with the next one; answers come in the order of the commands.
/// </summary>
internal sealed class Redis : IAsyncDisposable
{
    private readonly Socket socket;
    private readonly PipeReader input;
    private readonly Channel<bool> flushes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource<Reply>?> waiting = new();
    private ArrayBufferWriter<byte> filling = new(64 * 1024), sending = new(64 * 1024);

    private Redis(Socket socket)
    {
        this.socket = socket;
        input = PipeReader.Create(new NetworkStream(socket), new(bufferSize: 128 * 1024));
        _ = Task.Run(FlushAsync);
        _ = Task.Run(ReadAsync);
    }

    public static async Task<Redis> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new(socket);
    }

    public Task<Reply> Send(params ReadOnlySpan<ReadOnlyMemory<byte>> command)
    {
        var done = new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        Write(command, done);
        return done.Task;
    }

    /// <summary>Nobody waits for the answer.</summary>
    public void SendAndForget(params ReadOnlySpan<ReadOnlyMemory<byte>> command) => Write(command, null);

    private void Write(ReadOnlySpan<ReadOnlyMemory<byte>> command, TaskCompletionSource<Reply>? done)
    {
        lock (gate)
        {
            WriteHead((byte)'*', command.Length);
            foreach (var part in command)
            {
                WriteHead((byte)'$', part.Length);
                filling.Write(part.Span);
                filling.Write("\r\n"u8);
            }

            waiting.Enqueue(done);
        }

        flushes.Writer.TryWrite(true);
    }

    private void WriteHead(byte kind, int number)
    {
        var span = filling.GetSpan(16);
        span[0] = kind;
        Utf8Formatter.TryFormat(number, span[1..], out var length);
        "\r\n"u8.CopyTo(span[(1 + length)..]);
        filling.Advance(length + 3);
    }

    private async Task FlushAsync()
    {
        await foreach (var _ in flushes.Reader.ReadAllAsync())
        {
            lock (gate)
                (filling, sending) = (sending, filling);
            for (var rest = sending.WrittenMemory; !rest.IsEmpty;)
                rest = rest[await socket.SendAsync(rest)..];
            sending.ResetWrittenCount();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var result = await input.ReadAsync();
                var buffer = result.Buffer;
                while (TryRead(ref buffer, out var reply))
                    Complete(reply);
                input.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                    throw new IOException("Redis closed the connection.");
            }
        }
        catch (Exception e)
        {
            lock (gate)
                while (waiting.TryDequeue(out var done))
                    done?.TrySetException(e);
        }
    }

    private void Complete(Reply reply)
    {
        TaskCompletionSource<Reply>? done;
        lock (gate)
            done = waiting.Dequeue();
        if (done is null)
            reply.Dispose();
        else
            done.SetResult(reply);
    }

    private static bool TryRead(ref ReadOnlySequence<byte> buffer, out Reply reply)
    {
        reply = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!TryRead(ref reader, out reply))
            return false;
        buffer = buffer.Slice(reader.Position);
        return true;
    }

    private static bool TryRead(ref SequenceReader<byte> reader, out Reply reply)
    {
        reply = default;
        if (!reader.TryReadTo(out ReadOnlySpan<byte> line, "\r\n"u8))
            return false;
        _ = Utf8Parser.TryParse(line[1..], out long number, out _);
        switch (line[0])
        {
            case (byte)'-':
                throw new InvalidDataException(Encoding.UTF8.GetString(line));
            case (byte)'$' when number >= 0:
                if (reader.Remaining < number + 2)
                    return false;
                var rented = ArrayPool<byte>.Shared.Rent((int)number);
                reader.TryCopyTo(rented.AsSpan(0, (int)number));
                reader.Advance(number + 2);
                reply = new(0, rented, (int)number, null);
                return true;
            case (byte)'*':
                var many = new Reply[number];
                for (var i = 0; i < many.Length; i++)
                    if (!TryRead(ref reader, out many[i]))
                    {
                        new Reply(0, null, 0, many).Dispose();
                        return false;
                    }

                reply = new(0, null, 0, many);
                return true;
            default:
                reply = new(number, null, 0, null);
                return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        flushes.Writer.Complete();
        await input.CompleteAsync();
        socket.Dispose();
    }
}
