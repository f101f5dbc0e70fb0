using System.Collections.Concurrent;
using System.Diagnostics;
using GifShare.Standalone.Postgres;

namespace GifShare.Standalone.Host;

/// <summary>
/// Starts processes that end when this process ends, even if it is killed: the kernel then sends them a signal (prctl(2), PR_SET_PDEATHSIG). The signal
/// is tied to the *thread* that started a process, so one thread starts them all and lives until this is disposed.
/// </summary>
internal sealed class Starter : IDisposable
{
    private readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> waiting = [];

    public Starter() => new Thread(Run) { IsBackground = true, Name = "starter" }.Start();

    /// <summary>Starts a command in its own session, so that a terminal's Ctrl-C does not reach it.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Variables in addition to those of this process.</param>
    /// <param name="signal">The signal sent when this process ends, without "SIG".</param>
    /// <param name="user">The user to run as; null: the current one.</param>
    public Task<Process> StartAsync(
        IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string?>> environment, string signal = "KILL", ServerUser? user = null)
    {
        // The kernel clears the signal when a process changes its user; setpriv changes the user first and then sets the signal.
        var start = new ProcessStartInfo("setsid", ["setpriv", .. user?.Setpriv ?? [], "--pdeathsig", signal, .. command])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Add((start, started));
        return started.Task;
    }

    public void Dispose() => waiting.CompleteAdding();

    private void Run()
    {
        foreach (var (start, started) in waiting.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                started.SetException(new StartFailedException($"{start.FileName} could not be started: {e.Message}", inner: e));
            }
            catch (Exception e)
            {
                // The caller gets the exception. This thread must continue, or all processes it has started end.
                started.SetException(e);
            }
        }
    }
}
