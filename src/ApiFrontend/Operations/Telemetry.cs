using System.Diagnostics;
using Microsoft.Extensions.Options;
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

    /// <summary>
    /// A port of its own, beside the product's, whose callers may all read <c>/metrics</c>: for a collector inside a network that only it
    /// can enter. 0: none; then only this machine and administrators read them.
    /// </summary>
    public int MetricsPort { get; set; }
}

/// <summary>OpenTelemetry of a frontend: metrics for <c>/metrics</c>, and both metrics and traces to a collector where one is set.</summary>
public static class Telemetry
{
    private const string RateLimiting = "Microsoft.AspNetCore.RateLimiting";

    /// <summary>Time series of one instrument. Routes with their outcomes are more; types of grains, the next most, are some thirty.</summary>
    private const int MostSeries = 200;

    private static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", RateLimiting, "System.Runtime", "Microsoft.Orleans", "GifShare.*"];

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TelemetryOptions>().BindConfiguration("Telemetry")
            .Validate(static o => o.SampleRatio is >= 0 and <= 1, "Telemetry:SampleRatio must be between 0 and 1.")
            .Validate(static o => string.IsNullOrEmpty(o.OtlpEndpoint) || Uri.IsWellFormedUriString(o.OtlpEndpoint, UriKind.Absolute),
                "Telemetry:OtlpEndpoint must be an address such as http://collector:4317.")
            .Validate(static o => o.MetricsPort is >= 0 and <= ushort.MaxValue, "Telemetry:MetricsPort must be a port, or 0 for none.")
            .ValidateOnStart();
        builder.Services.AddOptions<OtlpExporterOptions>().Configure<IOptions<TelemetryOptions>>(static (otlp, telemetry) =>
        {
            if (telemetry.Value.OtlpEndpoint is { Length: > 0 } endpoint)
                otlp.Endpoint = new Uri(endpoint);
        });
        var hasCollector = HasCollector(builder.Configuration);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(static resource => resource.AddService("gifshare"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters)
                    .AddView(static instrument => instrument.Name switch
                    {
                        "http.server.request.duration" => null,
                        // How long a permit is held is how long the request takes, which is measured already: five records less per request.
                        not "aspnetcore.rate_limiting.requests" when instrument.Meter.Name == RateLimiting => MetricStreamConfiguration.Drop,
                        // Room for each combination of labels is taken at once, by default for 2,000: of some 200 instruments 30 MB.
                        _ => new MetricStreamConfiguration { CardinalityLimit = MostSeries },
                    })
                    .AddPrometheusExporter(static prometheus => prometheus.ScopeInfoEnabled = false);
                if (hasCollector)
                    metrics.AddOtlpExporter();
            });
        if (hasCollector)
            telemetry.WithTracing(static traces => traces
                .AddSource("Microsoft.AspNetCore", "Microsoft.Orleans.*", "GifShare.*")
                .SetSampler(static provider => new ParentBasedSampler(
                    new TraceIdRatioBasedSampler(provider.GetRequiredService<IOptions<TelemetryOptions>>().Value.SampleRatio)))
                .AddProcessor<AddressScrubber>()
                .AddOtlpExporter());
    }

    /// <summary>Is anybody told of traces? Passing a trace on costs half of a grain call even where nobody listens.</summary>
    public static bool HasCollector(IConfiguration configuration) =>
        configuration["Telemetry:OtlpEndpoint"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };

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
