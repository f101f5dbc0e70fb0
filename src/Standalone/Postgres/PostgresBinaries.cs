using System.Globalization;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Postgres;

/// <summary>An installed PostgreSQL, as Debian lays it out: <c>/usr/lib/postgresql/15/bin</c>.</summary>
public sealed record PostgresBinaries(int Major, string BinFolder)
{
    public const int OldestMajor = 15;
    public const string DefaultRoot = "/usr/lib/postgresql";

    public string Tool(string name) => Path.Combine(BinFolder, name);

    /// <summary>
    /// Finds the newest installed version, or the version of an existing cluster: PostgreSQL cannot open a cluster of another major version.
    /// </summary>
    public static PostgresBinaries Find(string? existingCluster, string root = DefaultRoot)
    {
        var installed = Installed(root);
        if (existingCluster is null)
        {
            return installed.FirstOrDefault() ?? throw new StartFailedException(
                $"PostgreSQL {OldestMajor} or later is not installed; run 'apt-get install postgresql' as root, then start GifShare again.",
                ExitCodes.Usage);
        }

        var version = File.ReadAllText(Path.Combine(existingCluster, "PG_VERSION")).Trim();
        return installed.FirstOrDefault(i => i.Major.ToString(CultureInfo.InvariantCulture) == version)
            ?? throw new StartFailedException(
                $"The database in {existingCluster} was made by PostgreSQL {version}, and this machine has {Describe(installed)}; "
                + $"install postgresql-{version} again, or upgrade the folder with pg_upgrade, then start GifShare again.",
                ExitCodes.Usage);
    }

    /// <summary>
    /// Finds the version whose pg_dump can read a server of this version: the same one, else the next newer.
    /// (Only the version that wrote a dump, or a newer one, can restore it.)
    /// </summary>
    public static PostgresBinaries ToDump(int serverMajor, string root = DefaultRoot)
    {
        var installed = Installed(root);
        return installed.LastOrDefault(i => i.Major >= serverMajor) ?? throw new StartFailedException(
            $"The database's server is PostgreSQL {serverMajor}, and this machine has {Describe(installed)}; install postgresql-{serverMajor}, or dump the database "
            + "with pg_dump where the server runs.", ExitCodes.Usage);
    }

    private static List<PostgresBinaries> Installed(string root) =>
        !Directory.Exists(root)
            ? []
            : [.. from folder in Directory.EnumerateDirectories(root)
                  let bin = Path.Combine(folder, "bin")
                  where File.Exists(Path.Combine(bin, "initdb")) && File.Exists(Path.Combine(bin, "pg_ctl"))
                  let major = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var n) ? n : 0
                  where major >= OldestMajor
                  orderby major descending
                  select new PostgresBinaries(major, bin)];

    private static string Describe(List<PostgresBinaries> installed) =>
        installed.Count == 0 ? $"no PostgreSQL {OldestMajor} or later" : $"PostgreSQL {string.Join(" and ", installed.Select(i => i.Major))}";
}
