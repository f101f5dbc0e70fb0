using GifShare;
using GifShare.Grains;
using GifShare.ObjectStore;
using GifShare.Silo;
using Microsoft.Extensions.Configuration.Memory;

// A silo of a cluster: hosts grains, opens no product port. One process on one machine is src/Standalone.
const int missingPrerequisite = 2;

// Settings files are not watched: inotify handles are few in containers.
var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels.Defaults });
builder.Configuration["Cluster:Enabled"] = "true";
var problem = RequiredSettings.FirstProblem(name => builder.Configuration[name],
    RequiredSettings.Database, RequiredSettings.MasterKey, RequiredSettings.PublicUrl, RequiredSettings.ObjectStoreFolder)
    ?? GifShareSilo.Problem(builder.Configuration);
if (problem is not null)
{
    Console.Error.WriteLine(problem);
    return missingPrerequisite;
}

// Before the host is built: Orleans reads its tables while it starts.
await Migrations.Apply(builder.Configuration[RequiredSettings.Database]!);
builder.Services.AddConfiguredObjectStore(builder.Configuration);
builder.AddGifShareSilo();
builder.ExportSiloTelemetry();
// An orderly end takes as long as what was asked before it.
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));

var app = builder.Build();
app.MapSiloHealth();
app.MapPrometheusScrapingEndpoint("/metrics");
await app.RunAsync();
return 0;
