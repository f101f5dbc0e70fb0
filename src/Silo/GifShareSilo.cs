using GifShare.Grains;

namespace GifShare.Silo;

/// <summary>Hosts the grains in this process: an Orleans silo, alone or in a cluster (<see cref="ClusterSettings"/>).</summary>
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
