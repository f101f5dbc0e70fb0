using GifShare.Grains;
using GifShare.Silo.Engine;

namespace GifShare.Silo;

/// <summary>Hosts the grains in this process. The engine behind it is chosen by the build property <c>Engine</c>.</summary>
public static class GifShareSilo
{
    /// <summary>Needs <c>ConnectionStrings:GifShare</c>, <c>Secrets:MasterKey</c> and an object store. Migrate the database first.</summary>
    public static IHostApplicationBuilder AddGifShareSilo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGifShareGrains(builder.Configuration);
        builder.AddSiloEngine(silo => silo.Services.AddSingleton<IIncomingGrainCallFilter, FaultFilter>());
        return builder;
    }
}
