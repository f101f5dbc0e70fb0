using GifShare.Standalone.Postgres;

namespace GifShare.Standalone;

/// <summary>What the one-process product is started with.</summary>
public sealed record StandaloneOptions
{
    /// <summary>0 takes any free port (tests).</summary>
    public int Port { get; init; } = 8080;

    /// <summary><c>localhost</c>, <c>*</c> for every address of this machine, or one IP address.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Holds everything: the database, the files, the master key. Made when missing.</summary>
    public string DataFolder { get; init; } = "./data";

    /// <summary>Settings that win over files and environment, as the command line does.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>False: only <see cref="Settings"/> and defaults count, so that a test does not depend on the machine's environment.</summary>
    public bool ReadEnvironment { get; init; } = true;

    /// <summary>Told what happens, in sentences for the person at the terminal.</summary>
    public Action<string> Say { get; init; } = static _ => { };

    /// <summary>Last changes to the host before it is built: a test replaces a clock or a store here.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>How the managed server runs, when no connection string is given.</summary>
    public ManagedPostgresOptions Postgres { get; init; } = new();
}
