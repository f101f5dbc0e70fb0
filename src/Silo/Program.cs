using GifShare;
using GifShare.Grains;
using GifShare.ObjectStore;
using GifShare.Silo;

// A silo of a cluster: hosts grains, opens no product port. One process on one machine is src/Standalone.
const int missingPrerequisite = 2;
// Settings files are not watched: inotify handles are few in containers.
var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
builder.Configuration["Cluster:Enabled"] = "true";
if (RequiredSettings.FirstProblem(name => builder.Configuration[name],
    RequiredSettings.Database, RequiredSettings.MasterKey, RequiredSettings.PublicUrl, RequiredSettings.ObjectStoreFolder) is { } problem)
{
    Console.Error.WriteLine(problem);
    return missingPrerequisite;
}

// An orchestrator asks for health every few seconds.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

// Before the host is built: Orleans reads its tables while it starts.
await Migrations.Apply(builder.Configuration[RequiredSettings.Database]!);
builder.Services.AddConfiguredObjectStore(builder.Configuration);
builder.AddGifShareSilo();

var app = builder.Build();
app.MapGet("/health/live", () => TypedResults.Text("alive"));
await app.RunAsync();
return 0;
