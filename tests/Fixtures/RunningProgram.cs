using System.Diagnostics;
using System.Globalization;
using GifShare.Standalone.Host;
using GifShare.Standalone.Postgres;

namespace GifShare.Fixtures;

/// <summary>The built program, run as a child process: what it says, what it uses, and ways to end it.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    // Generous: a program ends while several others build on the same machine.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly string data;
    private readonly List<string> said = [];

    private RunningProgram(Process process, string data)
    {
        this.process = process;
        this.data = data;
    }

    public static string Checkout { get; } = FindCheckout();

    public int Id => process.Id;

    /// <summary>Its own lines and its log; both outputs, as they came.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (said)
                return [.. said];
        }
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Bytes of memory that are this process's (RSS); those of its database are not in it.</summary>
    public long Memory => MemoryOf(Id);

    /// <summary>The main process of its PostgreSQL; null while that is down.</summary>
    public int? DatabaseId => ManagedPostgres.ProcessesOf(data).Server;

    /// <summary>Every process of its PostgreSQL.</summary>
    public IReadOnlyList<int> DatabaseIds => ManagedPostgres.ProcessesOf(data).All;

    /// <summary>Starts it, on a free port unless another is given, and waits for its friendly line.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="more">Further arguments, such as <c>--set</c>.</param>
    public static Task<RunningProgram> UpAsync(string data, CancellationToken cancellationToken, params string[] more) =>
        StartAsync("up", data, cancellationToken, more);

    /// <summary>The same for any verb that serves.</summary>
    public static Task<RunningProgram> StartAsync(string verb, string data, CancellationToken cancellationToken, params string[] more) =>
        StartAsync(typeof(StandaloneHost).Assembly.Location, verb, data, more, cancellationToken);

    /// <summary>The same with the program of another checkout.</summary>
    public static Task<RunningProgram> UpOlderAsync(string assembly, string data, CancellationToken cancellationToken, params string[] more) =>
        StartAsync(assembly, "up", data, more, cancellationToken);

    private static async Task<RunningProgram> StartAsync(string assembly, string verb, string data, string[] more, CancellationToken cancellationToken)
    {
        var program = new RunningProgram(
            Start("dotnet", [assembly, verb, .. more.Contains("--port") ? [] : (string[])["--port", "0"], "--data", data, .. more]), data);
        var ready = new TaskCompletionSource<Uri?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = program.ListenAsync(program.process.StandardOutput, ready);
        var errors = program.ListenAsync(program.process.StandardError, null);
        if (await ready.Task.WaitAsync(cancellationToken) is { } address)
        {
            program.Address = address;
            return program;
        }

        await Task.WhenAll(output, errors);
        throw new InvalidOperationException($"It did not start: {string.Join('\n', program.Said)}");
    }

    public static Task<(int ExitCode, string Output)> RunAsync(string[] arguments, CancellationToken cancellationToken) =>
        RunAsync("dotnet", [typeof(StandaloneHost).Assembly.Location, .. arguments], cancellationToken);

    public static async Task<(int ExitCode, string Output)> RunAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Start(command, arguments);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Bytes of memory (RSS) of any process; 0 when there is no such process.</summary>
    public static long MemoryOf(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6).TrimEnd("kB"), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>kill -9; returns when it is gone. Its database is told by the kernel, and ends in order.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        // Not by a command: the moment matters.
        process.Kill();
        await ExitCodeAsync(cancellationToken);
    }

    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            Signals.Send("-TERM", process.Id);
            await ExitCodeAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private async Task ListenAsync(StreamReader reader, TaskCompletionSource<Uri?>? ready)
    {
        const int kept = 20_000;
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lock (said)
            {
                // Enough for whoever looks why it failed; a flood must not fill this process.
                if (said.Count < kept)
                    said.Add(line);
            }

            if (line.StartsWith("GifShare is ready at ", StringComparison.Ordinal))
                ready?.TrySetResult(new Uri(line.Split(' ')[4]));
        }

        ready?.TrySetResult(null);
    }

    private static Process Start(string command, string[] arguments) =>
        // Whoever started the tests may ignore Ctrl-C (a script that runs them in the background does), and what is ignored is inherited.
        Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", command, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        })!;

    private static string FindCheckout()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "GifShare.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside their checkout.");
        return folder;
    }
}

public static class Signals
{
    /// <summary>kill -9: nothing is told, nothing is cleaned up.</summary>
    public static void Kill(int pid) => Send("-KILL", pid);

    public static void Send(string signal, params IEnumerable<int> pids)
    {
        using var kill = Process.Start("kill", [signal, .. pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture))]);
        kill.WaitForExit();
    }
}
