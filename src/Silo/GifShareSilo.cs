using GifShare.Grains;
using GifShare.Grains.Rows;

namespace GifShare.Silo;

/// <summary>Hosts the grains in this process: an Orleans silo, alone or in a cluster (<see cref="ClusterSettings"/>).</summary>
public static class GifShareSilo
{
    /// <summary>Adds the silo. Needs <c>ConnectionStrings:GifShare</c>, <c>Secrets:MasterKey</c>, an object store, and a migrated database.</summary>
    public static IHostApplicationBuilder AddGifShareSilo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGifShareGrains(builder.Configuration);
        builder.Services.AddSiloTelemetry();
        BoundedLog.Bound(builder.Services);
        builder.AddSiloEngine(silo => silo.Services.AddSingleton<IIncomingGrainCallFilter, FaultFilter>());
        return builder;
    }

    /// <summary>A sentence about the first invalid cluster setting; null when all are valid.</summary>
    public static string? Problem(IConfiguration configuration) => ClusterSettings.Of(configuration).Problem();

    /// <summary>
    /// <c>/health/live</c>: the process responds. <c>/health/ready</c>: the silo is an active member of the cluster. The silo stays ready while the
    /// database is unreachable, since it still serves what is in memory.
    /// </summary>
    public static void MapSiloHealth(this WebApplication app)
    {
        app.MapGet("/health/live", static () => TypedResults.Text("alive"));
        app.MapGet("/health/ready", static (ISiloStatusOracle members) =>
            members.CurrentStatus == SiloStatus.Active ? Results.Text("ready") : Results.Text(members.CurrentStatus.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable));
    }
}
