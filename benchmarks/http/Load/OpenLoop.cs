using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using GifShare.Bench.Systems;

namespace GifShare.Bench.Load;

/// <summary>Requests sent at a fixed rate, regardless of the server's responses, over a fixed number of connections.</summary>
internal sealed record Stream(double Rate, int Connections, IReadOnlyList<byte[]> Requests);

/// <summary>The result of an open-loop stream. Unsent: requests that were due but found no free connection before the end.</summary>
internal sealed record StreamResult(long Requests, double Seconds, long Errors, long Unsent, double P50, double P99, double P999)
{
    public LoadResult ToLoad() => new(Requests, Seconds, Errors, P50, P99, P999);
}

/// <summary>
/// Open-loop load from its own process and thread. Latency counts from the intended start, including the wait for a free connection, which avoids
/// coordinated omission; an unsent request counts with the time it waited.
/// </summary>
internal static partial class OpenLoop
{
    public static StreamResult[] Run(string folder, int port, int warmUp, int seconds, params IReadOnlyList<Stream> streams)
    {
        List<string> files = [];
        try
        {
            List<string> arguments = ["openloop", $"{port}", $"{warmUp}", $"{seconds}"];
            foreach (var stream in streams)
            {
                files.Add(Path.Combine(folder, $"requests-{Guid.NewGuid():N}"));
                using var writer = new BinaryWriter(File.Create(files[^1]));
                foreach (var request in stream.Requests)
                {
                    writer.Write(request.Length);
                    writer.Write(request);
                }

                arguments.AddRange([$"{stream.Rate}", $"{stream.Connections}", files[^1]]);
            }

            return JsonSerializer.Deserialize<StreamResult[]>(Children.RunSelf(arguments))!;
        }
        finally
        {
            files.ForEach(File.Delete);
        }
    }

    /// <summary>The entry point of the child process.</summary>
    public static int Child(string[] args)
    {
        var (port, warmUp, seconds) = (int.Parse(args[0]), int.Parse(args[1]), int.Parse(args[2]));
        var lanes = new List<Lane>();
        for (var i = 3; i < args.Length; i += 3)
            lanes.Add(new(double.Parse(args[i]), int.Parse(args[i + 1]), port, Load(args[i + 2])));
        Drive(lanes, TimeSpan.FromSeconds(warmUp), TimeSpan.FromSeconds(warmUp + seconds));
        Console.WriteLine(JsonSerializer.Serialize(lanes.ConvertAll(lane => lane.Result(seconds))));
        return 0;
    }

    private static List<byte[]> Load(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        List<byte[]> requests = [];
        while (reader.BaseStream.Position < reader.BaseStream.Length)
            requests.Add(reader.ReadBytes(reader.ReadInt32()));
        return requests;
    }

    private static void Drive(List<Lane> lanes, TimeSpan measureFrom, TimeSpan end)
    {
        var connections = lanes.SelectMany(lane => lane.Connections).ToArray();
        var polls = Array.ConvertAll(connections, connection => new Poll { Descriptor = (int)connection.Socket.Handle, Events = 1 });
        var buffer = new byte[256 * 1024];
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var now = clock.Elapsed;
            foreach (var lane in lanes)
                lane.SendDue(now < end ? now : end, clock);
            now = clock.Elapsed;
            if (now >= end && (lanes.TrueForAll(lane => lane.IsQuiet) || now > end + TimeSpan.FromSeconds(10)))
                break;
            var wait = now >= end ? TimeSpan.FromMilliseconds(10) : lanes.Min(lane => lane.NextDue(now));
            var timeout = new TimeSpec { Seconds = 0, Nanoseconds = Math.Clamp(wait.Ticks * 100, 0, 50_000_000) };
            if (WaitForAny(polls, polls.Length, timeout, 0) <= 0)
                continue;
            for (var i = 0; i < polls.Length; i++)
                if (polls[i].Happened != 0)
                    connections[i].Receive(buffer, clock, measureFrom);
        }

        foreach (var lane in lanes)
            lane.CountUnsent(measureFrom, end);
    }

    private sealed class Lane(double rate, int connections, int port, List<byte[]> requests)
    {
        private readonly Latencies latencies = new();
        private readonly Stack<Connection> free = new();
        private Connection[]? all;
        private long next, measured, errors, unsent;

        public Connection[] Connections => all ??= [.. Enumerable.Range(0, connections).Select(_ => Open())];

        public bool IsQuiet => free.Count == connections;

        public StreamResult Result(double seconds) => new(
            measured, seconds, errors, unsent, latencies.Milliseconds(0.5), latencies.Milliseconds(0.99), latencies.Milliseconds(0.999));

        public TimeSpan NextDue(TimeSpan now) => free.Count == 0 ? TimeSpan.FromSeconds(1) : Due(next) - now;

        public void SendDue(TimeSpan now, Stopwatch clock)
        {
            while (free.Count > 0 && Due(next) < now)
            {
                free.Pop().Send(requests[(int)(next % requests.Count)], Due(next));
                next++;
                if ((next & 15) == 0 && clock.Elapsed > now + TimeSpan.FromMilliseconds(1))
                    return;
            }
        }

        public void Done(Connection connection, TimeSpan intended, TimeSpan now, TimeSpan measureFrom, bool isError)
        {
            free.Push(connection);
            if (intended < measureFrom)
                return;
            measured++;
            latencies.Add(now - intended);
            errors += isError ? 1 : 0;
        }

        public void CountUnsent(TimeSpan measureFrom, TimeSpan end)
        {
            for (; Due(next) < end; next++)
                if (Due(next) >= measureFrom)
                {
                    unsent++;
                    latencies.Add(end - Due(next));
                }
        }

        private TimeSpan Due(long number) => TimeSpan.FromSeconds(number / rate);

        private Connection Open()
        {
            var connection = new Connection(this, port);
            free.Push(connection);
            return connection;
        }
    }

    private sealed class Connection
    {
        private readonly Lane lane;
        private readonly ResponseReader reader = new();
        private TimeSpan intended;

        public Connection(Lane lane, int port)
        {
            this.lane = lane;
            Socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            Socket.Blocking = false;
        }

        public Socket Socket { get; }

        public void Send(byte[] request, TimeSpan intended)
        {
            this.intended = intended;
            // A request is far smaller than the socket's empty send buffer, so this does not block.
            Socket.Send(request);
        }

        public void Receive(byte[] buffer, Stopwatch clock, TimeSpan measureFrom)
        {
            var length = Socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return;
            if (length == 0)
                throw new IOException("The server closed the connection.");
            if (reader.Feed(buffer.AsSpan(0, length)))
                lane.Done(this, intended, clock.Elapsed, measureFrom, reader.Status >= 400);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int WaitForAny([In, Out] Poll[] polls, nint count, in TimeSpec timeout, nint signals);
}
