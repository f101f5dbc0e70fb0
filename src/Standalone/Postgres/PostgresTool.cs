using System.Diagnostics;
using Npgsql;

namespace GifShare.Standalone.Postgres;

/// <summary>pg_dump or pg_restore on the database of a connection string, with its output or input in our hands.</summary>
internal sealed class PostgresTool : IAsyncDisposable
{
    private readonly string _name;
    private readonly Process _process;
    private readonly Task<string> _errors;

    private PostgresTool(string name, Process process)
    {
        (_name, _process) = (name, process);
        _errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Input => _process.StandardInput.BaseStream;

    public static PostgresTool Start(PostgresBinaries binaries, string name, string connectionString, params string[] arguments)
    {
        var start = ChildProcess.Prepare([binaries.Tool(name), "--no-password", .. arguments]);
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // By the environment, not as arguments: everybody on the machine may read those.
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

    /// <summary>Waits for its end.</summary>
    /// <param name="otherwise">What did not happen if it failed, as the beginning of a sentence.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StartFailedException">It failed; the message holds its own words.</exception>
    public async Task FinishAsync(string otherwise, CancellationToken cancellationToken)
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its words say why.
        }

        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode != 0)
            throw new StartFailedException($"{otherwise}: {_name} failed: {(await _errors).Trim()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }
}
