using GifShare;
using GifShare.Grains.Database;
using GifShare.ObjectStore;
using GifShare.Silo;
using Microsoft.Extensions.Configuration.Memory;

// The silo program of a cluster: hosts grains, serves neither pages nor API. For one process on one machine see src/Standalone.
const int missingPrerequisite = 2;

// Settings files are not watched for changes: containers have few inotify handles.
var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels.Defaults });
builder.Configuration["Cluster:Enabled"] = "true";
try
{
    var problem = RequiredSettings.FirstProblem(name => builder.Configuration[name],
        RequiredSettings.Database, RequiredSettings.MasterKey, RequiredSettings.PublicUrl, RequiredSettings.ObjectStoreFolder)
        ?? GifShareSilo.Problem(builder.Configuration);
    if (problem is not null)
    {
        Console.Error.WriteLine(problem);
        return missingPrerequisite;
    }

    builder.Services.AddConfiguredObjectStore(builder.Configuration);
    // Before the host is built, because Orleans reads its tables during startup.
    await Migrations.Apply(builder.Configuration[RequiredSettings.Database]!);
    builder.AddGifShareSilo();
    builder.ExportSiloTelemetry();
    // Graceful shutdown: running calls may complete.
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));

    var app = builder.Build();
    app.MapSiloHealth();
    app.MapPrometheusScrapingEndpoint("/metrics");
    await app.RunAsync();
}
catch (Exception e) when (RequiredSettings.ProblemOf(e) is { } sentences)
{
    Console.Error.WriteLine(sentences);
    return missingPrerequisite;
}

return 0;
