using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GifShare.Bench.Systems;

/// <summary>Every process that this program starts. None outlives it: they are ended by their ids, the latest first.</summary>
internal static partial class Children
{
    private const int Kill = 9, Terminate = 15;
    private static readonly List<Process> Running = [];
    private static volatile bool isEnding;

    /// <summary>Somebody asked the run to end.</summary>
    public static bool IsEnding => isEnding;

    /// <summary>Starts a server; what it prints goes to the log.</summary>
    public static Process Start(string log, string program, params IEnumerable<string> arguments)
    {
        // The shell only opens the log and becomes the program, so the id is the program's.
        var info = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$@\" >\"$LOG\" 2>&1 </dev/null", "sh", program } };
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        info.Environment["LOG"] = log;
        info.Environment["DOTNET_gcServer"] = "0";
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)).ToList())
            info.Environment.Remove(name);
        return Add(Process.Start(info)!);
    }

    /// <summary>This program again, under another verb.</summary>
    public static Process StartSelf(string log, params IEnumerable<string> arguments) =>
        Start(log, "dotnet", [typeof(Children).Assembly.Location, .. arguments]);

    /// <summary>Runs a program to its end; its output.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
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

    /// <summary>Asks it to end and waits; kills it when it does not.</summary>
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

    /// <summary>Somebody wants the run to end: nothing more is started.</summary>
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
