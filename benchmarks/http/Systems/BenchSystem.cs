namespace GifShare.Bench.Systems;

/// <summary>One of the compared systems: its port and the processes whose cost is measured.</summary>
internal sealed record BenchSystem(string Name, int Port, Func<int> Server, Func<int[]>? Database = null, int? Cache = null)
{
    public const string Ceiling = "(a) ceiling", Classic = "(b) classic", PlainSql = "(c) SQL join", Product = "(d) GifShare", Pgbench = "pgbench";

    /// <summary>Access tokens of the users, as this system issues them.</summary>
    public Func<string[]> Tokens { get; init; } = () => [];

    public CpuUse Cpu() => new(
        Server() is > 0 and var pid ? ProcFs.CpuSeconds([pid]) : 0,
        Database is null ? 0 : ProcFs.CpuSeconds(Database()),
        Cache is { } cache ? ProcFs.CpuSeconds([cache]) : 0);

    public double ServerMegabytes => Server() is > 0 and var pid ? ProcFs.ResidentMegabytes(pid) : 0;
}

/// <summary>Seconds of CPU time, by component.</summary>
internal sealed record CpuUse(double Server, double Database, double Cache)
{
    public CpuUse Since(CpuUse earlier) => new(Server - earlier.Server, Database - earlier.Database, Cache - earlier.Cache);

    /// <summary>Converts to microseconds per request.</summary>
    public CpuUse Per(double requests) => new(Server * 1e6 / requests, Database * 1e6 / requests, Cache * 1e6 / requests);

    public double Total => Server + Database + Cache;
}
