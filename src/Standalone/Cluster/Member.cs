using System.Diagnostics;
using System.Globalization;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cluster;

/// <summary>How one silo or frontend of the local cluster is started.</summary>
/// <param name="Name">The prefix of the process's output on the terminal.</param>
/// <param name="Assembly">The program's file, in this program's folder.</param>
/// <param name="Health">The URL that responds 200 when the process is ready.</param>
/// <param name="Own">Settings of this member alone.</param>
internal sealed record MemberSpec(string Name, string Assembly, Uri Health, IReadOnlyDictionary<string, string?> Own);

internal sealed class Member(MemberSpec spec, Starter starter, Action<string> say)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private volatile Process? process;
    private volatile bool isEnding;

    public MemberSpec Spec => spec;

    /// <summary>The id of the current process, or of the last one.</summary>
    public int Id => process?.Id ?? 0;

    /// <summary>Runs the process; completes when it has exited and is not restarted.</summary>
    /// <param name="settings">Returns the settings that all members share; called at each start.</param>
    /// <param name="restart">Whether the process is restarted when it exits unasked.</param>
    public async Task RunAsync(Func<IReadOnlyDictionary<string, string?>> settings, bool restart)
    {
        while (!isEnding)
        {
            var environment = settings().Concat(spec.Own).Select(static setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value));
            using var running = process = await starter.StartAsync([Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, spec.Assembly)], environment);
            say($"{spec.Name} is process {running.Id}.");
            if (isEnding)
                Signal(Linux.SigTerm);
            await Task.WhenAll(Repeat(running.StandardOutput), Repeat(running.StandardError), running.WaitForExitAsync());
            if (isEnding)
                return;
            say(string.Create(CultureInfo.InvariantCulture, $"{spec.Name} (process {running.Id}) ended with code {running.ExitCode}; {(restart ? "it is started again." : "the others go on.")}"));
            if (!restart)
                return;
            await Task.Delay(Pause);
        }
    }

    /// <summary>Requests a graceful shutdown; <see cref="RunAsync"/> completes when the process has exited.</summary>
    public void End()
    {
        isEnding = true;
        Signal(Linux.SigTerm);
    }

    public void Kill() => Signal(Linux.SigKill);

    private void Signal(int signal)
    {
        try
        {
            if (process is { HasExited: false } running)
                Linux.Signal(running.Id, signal);
        }
        catch (InvalidOperationException)
        {
            // The process exited and was disposed at this moment.
        }
    }

    private async Task Repeat(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
            say($"{spec.Name} | {line}");
    }
}
