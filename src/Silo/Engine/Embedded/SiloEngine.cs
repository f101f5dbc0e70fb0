using GifShare.EmbeddedSilo;
using GifShare.Grains;

namespace GifShare.Silo.Engine;

/// <summary>The adapter to the embedded silo: everything that differs between the engines stands here or in its twin.</summary>
internal static class SiloEngine
{
    public static void AddSiloEngine(this IHostApplicationBuilder builder, Action<ISiloBuilder> configure) =>
        builder.AddEmbeddedSilo(silo =>
        {
            silo.AddGrainAssembly(typeof(GrainsServices).Assembly);
            configure(silo);
        });
}
