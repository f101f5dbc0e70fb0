using System.Collections.Concurrent;
using System.Diagnostics;

namespace GifShare.Standalone.LocalCluster;

/// <summary>
/// Starts processes that end when this one does, also when it is killed. The kernel sends that signal (prctl(2), PR_SET_PDEATHSIG) when the
/// thread that started a process ends, so one thread starts them all and lives as long as this does.
/// </summary>
internal sealed class Starter : IDisposable
{
    private readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> waiting = [];

    public Starter() => new Thread(Run) { IsBackground = true, Name = "cluster-starter" }.Start();

    /// <summary>The command in a session of its own: a terminal's Ctrl-C is not for it.</summary>
    public Task<Process> StartAsync(IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var start = new ProcessStartInfo("setsid", ["setpriv", "--pdeathsig", "KILL", .. command])
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
        }
    }
}
