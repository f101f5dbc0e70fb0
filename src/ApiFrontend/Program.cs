using GifShare;
using GifShare.ApiFrontend;
using GifShare.ApiFrontend.Cluster;
using GifShare.ObjectStore;

// A frontend of a cluster. One process on one machine is src/Standalone.
const int missingPrerequisite = 2;
// Settings files are not watched: inotify handles are few in containers.
var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
var problem = RequiredSettings.FirstProblem(name => builder.Configuration[name],
    RequiredSettings.MasterKey, RequiredSettings.PublicUrl, RequiredSettings.ObjectStoreFolder)
    ?? FrontendClusterSettings.Of(builder.Configuration).Problem();
if (problem is not null)
{
    Console.Error.WriteLine(problem);
    return missingPrerequisite;
}

builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.Services.AddConfiguredObjectStore(builder.Configuration);
builder.AddClusterClient();
builder.AddGifShareFrontend();

var app = builder.Build();
app.MapGifShareFrontend();
await app.RunAsync();
return 0;
