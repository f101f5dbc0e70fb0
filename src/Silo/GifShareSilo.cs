using GifShare.Grains;

namespace GifShare.Silo;

/// <summary>Hosts the grains in this process: an Orleans silo, alone or in a cluster (<see cref="ClusterSettings"/>).</summary>
public static class GifShareSilo
{
    /// <summary>Needs <c>ConnectionStrings:GifShare</c>, <c>Secrets:MasterKey</c> and an object store. Migrate the database first.</summary>
    public static IHostApplicationBuilder AddGifShareSilo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGifShareGrains(builder.Configuration);
        builder.Services.AddSiloTelemetry();
        builder.AddSiloEngine(silo => silo.Services.AddSingleton<IIncomingGrainCallFilter, FaultFilter>());
        return builder;
    }

    /// <summary>What is wrong with the settings of a cluster's silo, in a sentence; null when nothing.</summary>
    public static string? Problem(IConfiguration configuration) => ClusterSettings.Of(configuration).Problem();

    /// <summary>
    /// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it is an active member of the cluster, which a lost database does not
    /// change: what is in memory is served all the same.
    /// </summary>
    public static void MapSiloHealth(this WebApplication app)
    {
        app.MapGet("/health/live", static () => TypedResults.Text("alive"));
        app.MapGet("/health/ready", static (ISiloStatusOracle members) =>
            members.CurrentStatus == SiloStatus.Active ? Results.Text("ready") : Results.Text(members.CurrentStatus.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable));
    }
}
