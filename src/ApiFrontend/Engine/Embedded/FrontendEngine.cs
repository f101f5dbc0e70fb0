namespace GifShare.ApiFrontend.Engine;

/// <summary>The embedded engine has no client of its own: a frontend shares the process with its silo (src/Standalone).</summary>
internal static class FrontendEngine
{
    /// <summary>What this build lacks to be a frontend of a cluster; null when nothing.</summary>
    public static string? MissingForCluster =>
        "This build has the embedded engine, whose frontend lives in the silo's process: for a cluster build with -p:Engine=Orleans, "
        + "from a package source that has Microsoft.Orleans.* 10.4, or run ./gifshare up for a single machine.";

    public static void AddFrontendEngine(this IHostApplicationBuilder builder) => throw new NotSupportedException(MissingForCluster);

    public static void MapFrontendEngine(this WebApplication app) => throw new NotSupportedException(MissingForCluster);
}
