using System.Diagnostics;
using System.Globalization;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Cluster;

/// <summary>How one silo or frontend of the local cluster is started.</summary>
/// <param name="Name">Its name in the terminal; its output is printed under this name.</param>
/// <param name="Assembly">The program's file, in this program's folder.</param>
/// <param name="Health">The address that answers 200 when it serves.</param>
/// <param name="Own">Settings of this member alone.</param>
internal sealed record MemberSpec(string Name, string Assembly, Uri Health, IReadOnlyDictionary<string, string?> Own);

internal sealed class Member(MemberSpec spec, Starter starter, Action<string> say)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private volatile Process? process;
    private volatile bool isEnding;

    public MemberSpec Spec => spec;

    /// <summary>The process that runs now, or ran last.</summary>
    public int Id => process?.Id ?? 0;

    /// <summary>Runs the process; completes when it has ended and is not started again.</summary>
    /// <param name="settings">Returns the settings that all members share; called at each start.</param>
    /// <param name="restart">Whether it is started again when it ends by itself.</param>
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

    /// <summary>Asks the process to end in an orderly way; <see cref="RunAsync"/> completes when it has ended.</summary>
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
            // The process ended and was disposed at this moment.
        }
    }

    private async Task Repeat(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
            say($"{spec.Name} | {line}");
    }
}
