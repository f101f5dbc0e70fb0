using System.Diagnostics;

namespace GifShare.Standalone.Host;

/// <summary>Runs a short-lived command to completion and returns its output.</summary>
internal static class ChildProcess
{
    public sealed record Outcome(int ExitCode, string Output)
    {
        public bool Succeeded => ExitCode == 0;
    }

    /// <summary>Runs the command in the folder <c>/</c> (accessible to any user), without PG* variables and with English messages.</summary>
    public static async Task<Outcome> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellationToken)
    {
        using var process = Process.Start(Prepare(command))!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Outcome(process.ExitCode, (await output + await errors).Trim());
    }

    /// <summary>Describes a process whose three standard streams are redirected; otherwise as <see cref="RunAsync"/>.</summary>
    public static ProcessStartInfo Prepare(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }
}
