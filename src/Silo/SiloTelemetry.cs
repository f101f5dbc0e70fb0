using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace GifShare.Silo;

/// <summary>Metrics and traces of a silo. The host configures exporters: the frontend in the same process, or the silo program of a cluster.</summary>
public static class SiloTelemetry
{
    /// <summary>Called by <see cref="GifShareSilo.AddGifShareSilo"/>.</summary>
    internal static void AddSiloTelemetry(this IServiceCollection services) => services
        .ConfigureOpenTelemetryMeterProvider(static metrics => metrics.AddMeter("Npgsql", "Microsoft.Orleans", "GifShare.*"))
        .ConfigureOpenTelemetryTracerProvider(static traces => traces.AddSource("Npgsql", "Microsoft.Orleans.*", "GifShare.*"));

    /// <summary>For the silo program: exports to <c>/metrics</c> and to a collector if one is configured. Trace sampling is decided by the frontends.</summary>
    public static void ExportSiloTelemetry(this IHostApplicationBuilder builder)
    {
        var hasCollector = HasCollector(builder.Configuration);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(static resource => resource.AddService("gifshare-silo"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter("System.Runtime").AddPrometheusExporter(static prometheus => prometheus.ScopeInfoEnabled = false);
                if (hasCollector)
                    metrics.AddOtlpExporter(To);
            });
        if (hasCollector)
            telemetry.WithTracing(traces => traces.SetSampler(new ParentBasedSampler(new AlwaysOffSampler())).AddOtlpExporter(To));

        void To(OtlpExporterOptions otlp)
        {
            if (builder.Configuration["Telemetry:OtlpEndpoint"] is { Length: > 0 } endpoint)
                otlp.Endpoint = new Uri(endpoint);
        }
    }

    /// <summary>Whether a trace collector is configured. Without this check, trace propagation would cost half of a grain call even if nobody collects traces.</summary>
    public static bool HasCollector(IConfiguration configuration) =>
        configuration["Telemetry:OtlpEndpoint"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };
}
