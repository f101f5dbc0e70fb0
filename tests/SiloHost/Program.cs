using System.Globalization;
using System.Net;
using GifShare.Grains.Database;
using GifShare.Grains.Streams;
using GifShare.ObjectStore;
using GifShare.Silo;
using GifShare.SiloHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

// A member of a cluster that is told what to do by lines: "publish N" adds N rows and tells of each, "known" answers how many rows this
// silo knows and how many of them it had to read. The database is migrated already.
var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
builder.Configuration["Cluster:Enabled"] = "true";
builder.Services
    .AddShardedStream<Happening>("happenings")
    .AddSingleton<Reader>()
    .AddSingleton<IShardListener<Happening>>(static provider => provider.GetRequiredService<Reader>())
    .AddHostedService(static provider => provider.GetRequiredService<Reader>());
builder.Services.AddConfiguredObjectStore(builder.Configuration);
builder.AddGifShareSilo();
builder.Services.PostConfigure<EndpointOptions>(static endpoints =>
{
    endpoints.AdvertisedIPAddress = IPAddress.Loopback;
    endpoints.SiloListeningEndpoint = new(IPAddress.Loopback, endpoints.SiloPort);
    endpoints.GatewayListeningEndpoint = new(IPAddress.Loopback, endpoints.GatewayPort);
});
var app = builder.Build();
await app.StartAsync();
Console.WriteLine("ready");

var (reader, publisher, postgres) = (app.Services.GetRequiredService<Reader>(), app.Services.GetRequiredService<ShardPublisher<Happening>>(), app.Services.GetRequiredService<Postgres>());
while (await Console.In.ReadLineAsync() is { } line)
{
    if (line == "known")
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"known {reader.Known} {reader.ByRows}"));
        continue;
    }

    for (var left = int.Parse(line.AsSpan("publish ".Length), CultureInfo.InvariantCulture); left > 0; left--)
    {
        var author = Guid.CreateVersion7();
        publisher.Publish(author, new(author, await Rows.Add(postgres, author)));
    }

    Console.WriteLine("published");
}

await app.StopAsync();
