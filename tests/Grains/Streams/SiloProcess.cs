using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using GifShare.SiloHost;

namespace GifShare.Grains.Tests.Streams;

/// <summary>A silo of tests/SiloHost as a process, on free ports of the loopback.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Channel<string> answers = Channel.CreateUnbounded<string>();
    private readonly Task listening;

    private SiloProcess(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        listening = ListenAsync();
    }

    public static async Task<SiloProcess> StartAsync(string provider, string connectionString, string folder, CancellationToken cancellationToken)
    {
        var (silo, gateway) = FreePorts();
        var start = new ProcessStartInfo("dotnet", [typeof(Happening).Assembly.Location])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["Streams__Provider"] = provider,
            ["ConnectionStrings__GifShare"] = connectionString,
            ["Secrets__MasterKey"] = Convert.ToBase64String(GrainsSilo.MasterKey),
            ["ObjectStore__Folder"] = Path.Combine(folder, "objects"),
            ["PublicUrl"] = "http://localhost:8080",
            ["Cluster__SiloPort"] = silo,
            ["Cluster__GatewayPort"] = gateway,
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__Console__LogToStandardErrorThreshold"] = "Trace",
        })
            start.Environment[name] = value;
        var host = new SiloProcess(Process.Start(start)!);
        try
        {
            await host.HearAsync("ready", cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds this many rows and tells of each; returns when all are committed.</summary>
    public async Task PublishAsync(int count, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"publish {count}"));
        await HearAsync("published", cancellationToken);
    }

    /// <summary>How many rows it knows, and how many of them it learned of by reading rows.</summary>
    public async Task<(int Known, int ByRows)> KnownAsync(CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync("known");
        var parts = (await HearAsync("known ", cancellationToken)).Split(' ');
        return (int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    /// <summary>kill -9.</summary>
    public void Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        await listening;
        process.Dispose();
    }

    private async Task<string> HearAsync(string beginning, CancellationToken cancellationToken)
    {
        while (await answers.Reader.WaitToReadAsync(cancellationToken))
            if (answers.Reader.TryRead(out var line) && line.StartsWith(beginning, StringComparison.Ordinal))
                return line;
        throw new InvalidOperationException("The silo has ended.");
    }

    private async Task ListenAsync()
    {
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            answers.Writer.TryWrite(line);
        answers.Writer.Complete();
    }

    private static (string Silo, string Gateway) FreePorts()
    {
        using Socket one = Bound(), other = Bound();
        return (Port(one), Port(other));

        static Socket Bound()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return socket;
        }

        static string Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }
}
