using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using GifShare.ApiFrontend;
using GifShare.ApiFrontend.Cluster;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Grains.Database;
using GifShare.ObjectStore;
using GifShare.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace GifShare.Cluster.Tests;

/// <summary>
/// From a frontend over TCP to a silo and to SQL is one trace, although who may call whom is decided by network policies and they share no
/// process: both programs are built here as in their own Program.cs, and an exporter in memory takes the place of a collector.
/// </summary>
public sealed class TraceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_its_grain_calls_and_their_statements_are_one_trace()
    {
        await using var database = await TestDatabase.CreateAsync();
        await Migrations.Apply(database.ConnectionString, Cancel);
        var files = TestFolders.Create("traces");
        var (siloPort, gatewayPort) = (ClusterProcesses.FreePort(), ClusterProcesses.FreePort());
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:GifShare"] = database.ConnectionString,
            ["Secrets:MasterKey"] = Convert.ToBase64String(new byte[32]),
            ["PublicUrl"] = "http://localhost",
            ["ObjectStore:Folder"] = files.Folder,
            ["Cluster:Enabled"] = "true",
            ["Cluster:Address"] = "127.0.0.1",
            ["Cluster:SiloPort"] = siloPort.ToString(CultureInfo.InvariantCulture),
            ["Cluster:GatewayPort"] = gatewayPort.ToString(CultureInfo.InvariantCulture),
            ["Cluster:Gateways"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gatewayPort}"),
            // Nobody listens there: what is exported in memory is exported there in vain as well.
            ["Telemetry:OtlpEndpoint"] = "http://127.0.0.1:9",
            ["Telemetry:SampleRatio"] = "1",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        var spans = new ExportedSpans();

        var silo = Builder(settings);
        silo.Services.AddConfiguredObjectStore(silo.Configuration);
        silo.AddGifShareSilo();
        silo.ExportSiloTelemetry();
        await using var siloApp = silo.Build();
        await siloApp.StartAsync(Cancel);

        var frontend = Builder(settings);
        frontend.Services.AddConfiguredObjectStore(frontend.Configuration);
        frontend.AddClusterClient();
        frontend.AddGifShareFrontend();
        frontend.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddSource("Npgsql").AddInMemoryExporter(spans));
        await using var frontendApp = frontend.Build();
        frontendApp.MapGifShareFrontend();
        await frontendApp.StartAsync(Cancel);

        using var ada = await ApiClient.RegisterAsync(new Uri(frontendApp.Urls.First()));

        // The request's own span ends last, when it has been answered.
        await Eventually.True(() => spans.Any(static span => span.DisplayName == "POST /v1/users"), Cancel);
        var request = spans.First(static span => span.DisplayName == "POST /v1/users");
        var trace = spans.Where(span => span.TraceId == request.TraceId).ToArray();
        var told = string.Join('\n', trace.Select(static span => $"{span.SpanId} below {span.ParentSpanId}: {span.Kind} {span.Source.Name} {span.DisplayName}"));
        var call = trace.FirstOrDefault(span => span.Kind == ActivityKind.Client && span.ParentSpanId == request.SpanId && span.Source.Name.StartsWith("Microsoft.Orleans", StringComparison.Ordinal));
        Assert.True(call is not null, told);
        var turn = trace.FirstOrDefault(span => span.Kind == ActivityKind.Server && span.ParentSpanId == call.SpanId);
        Assert.True(turn is not null, told);
        Assert.True(trace.Any(span => span.Source.Name == "Npgsql" && IsBelow(span, turn, trace)), told);
        // Nothing of what was sent is in it.
        Assert.DoesNotContain(trace, span => span.TagObjects.Any(tag => $"{tag.Value}".Contains(ApiClient.Password, StringComparison.Ordinal)));

        await frontendApp.StopAsync(Cancel);
        await siloApp.StopAsync(Cancel);
        TestFolders.Delete(files);
    }

    private static bool IsBelow(Activity span, Activity root, Activity[] trace)
    {
        for (var one = span; one is not null; one = trace.FirstOrDefault(parent => parent.SpanId == one.ParentSpanId))
            if (one.ParentSpanId == root.SpanId)
                return true;
        return false;
    }

    private static WebApplicationBuilder Builder(Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        return builder;
    }

    /// <summary>The exporter adds from one thread while the test looks.</summary>
    private sealed class ExportedSpans : ICollection<Activity>
    {
        private readonly ConcurrentQueue<Activity> spans = new();

        public int Count => spans.Count;

        public bool IsReadOnly => false;

        public void Add(Activity item) => spans.Enqueue(item);

        public void Clear() => spans.Clear();

        public bool Contains(Activity item) => spans.Contains(item);

        public void CopyTo(Activity[] array, int arrayIndex) => spans.CopyTo(array, arrayIndex);

        public bool Remove(Activity item) => throw new NotSupportedException();

        public IEnumerator<Activity> GetEnumerator() => spans.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
