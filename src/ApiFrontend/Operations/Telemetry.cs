using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace GifShare.ApiFrontend.Operations;

public sealed class TelemetryOptions
{
    /// <summary>Where traces and metrics are sent (OTLP, gRPC). Empty: the usual <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; neither: nowhere.</summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>Which share of requests is traced. One in a hundred shows where time goes without costing any.</summary>
    public double SampleRatio { get; set; } = 0.01;
}

/// <summary>OpenTelemetry of this process: metrics for <c>/metrics</c>, and both metrics and traces to a collector where one is set.</summary>
public sealed class Telemetry : IHostedService, IDisposable
{
    private const string RateLimiting = "Microsoft.AspNetCore.RateLimiting";

    private static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", RateLimiting, "System.Runtime", "Npgsql", "Microsoft.Orleans", "GifShare.*"];

    private readonly PrometheusExporter exporter = new();
    private readonly BaseExportingMetricReader reader;
    private readonly MeterProvider metrics;
    private readonly TracerProvider? traces;
    private readonly Lock scraping = new();

    public Telemetry(Microsoft.Extensions.Options.IOptions<TelemetryOptions> options, IConfiguration configuration)
    {
        var collector = options.Value.OtlpEndpoint is { Length: > 0 } set ? set : configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        var resource = ResourceBuilder.CreateDefault().AddService("gifshare");
        reader = new BaseExportingMetricReader(exporter);
        var meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddReader(reader)
            // How long a permit is held is how long the request takes, which is measured already: five records less per request.
            .AddView(static instrument => instrument.Meter.Name == RateLimiting && instrument.Name != "aspnetcore.rate_limiting.requests" ? MetricStreamConfiguration.Drop : null);
        if (!string.IsNullOrEmpty(collector))
        {
            void To(OtlpExporterOptions otlp) => otlp.Endpoint = new Uri(collector);
            meters.AddOtlpExporter(To);
            traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource("Microsoft.AspNetCore", "Npgsql", "Microsoft.Orleans.*", "GifShare.*")
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.Value.SampleRatio)))
                .AddProcessor(new AddressScrubber())
                .AddOtlpExporter(To)
                .Build();
        }

        metrics = meters.Build();
    }

    /// <summary>All metrics in the Prometheus text format.</summary>
    public string Prometheus()
    {
        lock (scraping)
        {
            reader.Collect();
            return exporter.Text;
        }
    }

    // Being a hosted service means to exist from the start: what happens before the first scrape is counted too.
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        traces?.Dispose();
        metrics.Dispose();
        reader.Dispose();
        exporter.Dispose();
    }

    /// <summary>Traces name requests by route (RequestLog sets it); the address may hold a share link's token and goes.</summary>
    private sealed class AddressScrubber : BaseProcessor<Activity>
    {
        private static readonly string[] Addresses = ["url.path", "url.query", "url.full", "http.target", "http.url"];

        public override void OnEnd(Activity data)
        {
            foreach (var tag in Addresses)
                data.SetTag(tag, null);
        }
    }
}
