using System.Diagnostics;
using GifShare.Standalone.Host;
using Npgsql;

namespace GifShare.Standalone.Postgres;

/// <summary>Runs pg_dump or pg_restore on the database of a connection string and redirects its output or input.</summary>
internal sealed class PostgresTool : IAsyncDisposable
{
    private readonly string name;
    private readonly Process process;
    private readonly Task<string> errors;

    private PostgresTool(string name, Process process)
    {
        (this.name, this.process) = (name, process);
        errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    public Stream Output => process.StandardOutput.BaseStream;

    public Stream Input => process.StandardInput.BaseStream;

    public static PostgresTool Start(PostgresBinaries binaries, string name, string connectionString, params string[] arguments)
    {
        var start = ChildProcess.Prepare([binaries.Tool(name), "--no-password", .. arguments]);
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Environment variables, because every user of the machine can read a process's arguments.
        Set("PGHOST", settings.Host);
        Set("PGPORT", settings.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Set("PGUSER", settings.Username);
        Set("PGPASSWORD", settings.Password);
        Set("PGDATABASE", settings.Database ?? settings.Username);
        Set("PGSSLROOTCERT", settings.RootCertificate);
        Set("PGSSLMODE", settings.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var mode => mode.ToString().ToLowerInvariant() });
        start.Environment["PGAPPNAME"] = "gifshare-backup";
        return new PostgresTool(name, Process.Start(start)!);

        void Set(string variable, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                start.Environment[variable] = value;
        }
    }

    /// <summary>Waits until the tool exits.</summary>
    /// <param name="otherwise">The beginning of the error message if the tool failed.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="StartFailedException">The tool failed; the message contains its error output.</exception>
    public async Task FinishAsync(string otherwise, CancellationToken cancellationToken)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool exited before it read everything; its error output says why.
        }

        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new StartFailedException($"{otherwise}: {name} failed: {(await errors).Trim()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }
}
