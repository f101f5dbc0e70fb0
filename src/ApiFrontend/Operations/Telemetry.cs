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
    /// <summary>The OTLP (gRPC) endpoint for traces and metrics. Empty: the standard <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; without either nothing is exported.</summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>The fraction of requests that are traced. One in a hundred shows where time goes at no measurable cost.</summary>
    public double SampleRatio { get; set; } = 0.01;

    /// <summary>
    /// A separate port whose callers may all read <c>/metrics</c>: for a collector inside a network that only it
    /// can enter. 0: none; then only this machine and administrators may read them.
    /// </summary>
    public int MetricsPort { get; set; }
}

/// <summary>OpenTelemetry of a frontend: metrics at <c>/metrics</c>, and metrics and traces to a collector if one is configured.</summary>
public static class Telemetry
{
    private const string RateLimiting = "Microsoft.AspNetCore.RateLimiting";

    /// <summary>Cardinality limit per instrument. Routes times outcomes need more; grain types, the next most, are about thirty.</summary>
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
                        // A permit is held for the duration of the request, which is measured already: five records less per request.
                        not "aspnetcore.rate_limiting.requests" when instrument.Meter.Name == RateLimiting => MetricStreamConfiguration.Drop,
                        // Memory for every label combination is allocated up front, by default for 2,000: 30 MB for about 200 instruments.
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

    /// <summary>Whether traces are collected. Trace propagation costs half of a grain call even without a listener.</summary>
    public static bool HasCollector(IConfiguration configuration) =>
        configuration["Telemetry:OtlpEndpoint"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };

    /// <summary>Removes URLs from traces, which may contain a share link's token; RequestLog names traces by route.</summary>
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
