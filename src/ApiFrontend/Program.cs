using GifShare;
using GifShare.ApiFrontend;
using GifShare.ApiFrontend.Cluster;
using GifShare.ObjectStore;
using Microsoft.Extensions.Configuration.Memory;

// A frontend of a cluster. For one process on one machine see src/Standalone.
const int missingPrerequisite = 2;
// Settings files are not watched for changes: containers have few inotify handles.
var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels.Defaults });
try
{
    var problem = RequiredSettings.FirstProblem(name => builder.Configuration[name],
        RequiredSettings.MasterKey, RequiredSettings.PublicUrl, RequiredSettings.ObjectStoreFolder)
        ?? FrontendClusterSettings.Of(builder.Configuration).Problem();
    if (problem is not null)
    {
        Console.Error.WriteLine(problem);
        return missingPrerequisite;
    }

    builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
    // The metrics port is added to the product's ports, whichever way those are configured.
    if (builder.Configuration.GetValue("Telemetry:MetricsPort", 0) is var metricsPort and > 0)
    {
        var ports = builder.WebHost.GetSetting(WebHostDefaults.HttpPortsKey)?.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(static port => $"http://*:{port}");
        var urls = builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey)?.Split(';') ?? ports?.ToArray() ?? ["http://localhost:5000"];
        builder.WebHost.UseUrls([.. urls, $"http://*:{metricsPort}"]);
    }

    builder.Services.AddConfiguredObjectStore(builder.Configuration);
    builder.AddClusterClient();
    builder.AddGifShareFrontend();

    builder.Services.AddHostedService<Draining>();
    builder.Services.AddConnecting();

    var app = builder.Build();
    app.UseMiddleware<Connecting>();
    app.MapGifShareFrontend();
    var stopping = app.Lifetime.ApplicationStopping;
    try
    {
        await app.RunAsync();
    }
    catch (OperationCanceledException) when (stopping.IsCancellationRequested)
    {
        // Stopped while still connecting to the silos.
    }
}
catch (Exception e) when (RequiredSettings.ProblemOf(e) is { } sentences)
{
    Console.Error.WriteLine(sentences);
    return missingPrerequisite;
}

return 0;
