using GifShare.Standalone.Postgres;

namespace GifShare.Standalone.Host;

/// <summary>The options of the one-process program.</summary>
public sealed record StandaloneOptions
{
    /// <summary>The HTTP port; 0 picks any free one (tests).</summary>
    public int Port { get; init; } = 8080;

    /// <summary><c>localhost</c>, <c>*</c> for every address of this machine, or one IP address.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>The folder of the database, the files and the master key. Created if missing.</summary>
    public string DataFolder { get; init; } = "./data";

    /// <summary>Settings that override files and environment, like the command line.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>False: only <see cref="Settings"/> and defaults apply, so that a test does not depend on the machine's environment.</summary>
    public bool ReadEnvironment { get; init; } = true;

    /// <summary>Receives progress messages, in sentences for the terminal.</summary>
    public Action<string> Say { get; init; } = static _ => { };

    /// <summary>A last hook before the host is built; tests replace a clock or a store here.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>Options of the managed PostgreSQL server, used when no connection string is given.</summary>
    public ManagedPostgresOptions Postgres { get; init; } = new();
}
