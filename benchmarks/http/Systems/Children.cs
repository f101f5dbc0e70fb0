using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GifShare.Bench.Systems;

/// <summary>Every child process of this program. None outlives it: they are stopped by process id, the latest first.</summary>
internal static partial class Children
{
    private const int Kill = 9, Terminate = 15;
    private static readonly List<Process> Running = [];
    private static volatile bool isEnding;

    /// <summary>Whether the run was asked to end.</summary>
    public static bool IsEnding => isEnding;

    /// <summary>Starts a server; its output goes to the log.</summary>
    public static Process Start(string log, string program, params IEnumerable<string> arguments)
    {
        // The shell opens the log and execs the program, so the process id is the program's.
        var info = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$@\" >\"$LOG\" 2>&1 </dev/null", "sh", program } };
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        info.Environment["LOG"] = log;
        info.Environment["DOTNET_gcServer"] = "0";
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)).ToList())
            info.Environment.Remove(name);
        return Add(Process.Start(info)!);
    }

    /// <summary>Starts this program again, with another verb.</summary>
    public static Process StartSelf(string log, params IEnumerable<string> arguments) =>
        Start(log, "dotnet", [typeof(Children).Assembly.Location, .. arguments]);

    /// <summary>Runs a program to completion and returns its output.</summary>
    /// <exception cref="InvalidOperationException">The program failed.</exception>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Add(Process.Start(info)!);
        try
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output}{errors.Result}");
        }
        finally
        {
            Forget(process);
        }
    }

    public static string RunSelf(params IEnumerable<string> arguments) => Run("dotnet", [typeof(Children).Assembly.Location, .. arguments]);

    /// <summary>Sends a termination signal and waits; kills the process after a timeout.</summary>
    public static void Stop(Process process)
    {
        Signal(process, Terminate);
        if (!process.WaitForExit(30_000))
        {
            Signal(process, Kill);
            process.WaitForExit();
        }

        Forget(process);
    }

    /// <summary>Ends the run: no further process is started.</summary>
    public static void End()
    {
        isEnding = true;
        StopAll();
    }

    public static void StopAll()
    {
        List<Process> all;
        lock (Running)
            all = [.. Running];

        foreach (var process in all)
            Signal(process, Terminate);
        foreach (var process in Enumerable.Reverse(all))
        {
            if (!process.WaitForExit(30_000))
                Signal(process, Kill);
        }
    }

    public static void WaitFor(Process process, string log, Func<bool> isReady, int seconds = 120)
    {
        var waited = Stopwatch.StartNew();
        while (!isReady())
        {
            if (process.HasExited || waited.Elapsed.TotalSeconds > seconds)
                throw new InvalidOperationException($"{process.StartInfo.ArgumentList[3]} did not start: {File.ReadAllText(log)}");
            Thread.Sleep(50);
        }
    }

    private static Process Add(Process process)
    {
        lock (Running)
        {
            if (isEnding)
                Signal(process, Kill);
            Running.Add(process);
        }

        return process;
    }

    private static void Forget(Process process)
    {
        lock (Running)
            Running.Remove(process);
    }

    private static void Signal(Process process, int signal)
    {
        if (!process.HasExited)
            _ = SendSignal(process.Id, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
