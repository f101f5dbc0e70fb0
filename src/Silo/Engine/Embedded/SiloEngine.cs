using GifShare.EmbeddedSilo;
using GifShare.Grains;

namespace GifShare.Silo.Engine;

/// <summary>The adapter to the embedded silo: everything that differs between the engines stands here or in its twin.</summary>
internal static class SiloEngine
{
    /// <summary>What this build lacks to be a member of a cluster; null when nothing.</summary>
    public static string? MissingForCluster =>
        "This build has the embedded engine, which serves one process: for a cluster build with -p:Engine=Orleans, "
        + "from a package source that has Microsoft.Orleans.* 10.4, or run ./gifshare up for a single machine.";

    public static void AddSiloEngine(this IHostApplicationBuilder builder, Action<ISiloBuilder> configure) =>
        builder.AddEmbeddedSilo(silo =>
        {
            silo.AddGrainAssembly(typeof(GrainsServices).Assembly);
            configure(silo);
        });
}
