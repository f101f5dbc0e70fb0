using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace GifShare.Silo;

/// <summary>What a silo measures and traces. Whoever hosts it says where that goes: a frontend in the same process, or the cluster's silo program.</summary>
public static class SiloTelemetry
{
    /// <summary>Called by <see cref="GifShareSilo.AddGifShareSilo"/>.</summary>
    internal static void AddSiloTelemetry(this IServiceCollection services) => services
        .ConfigureOpenTelemetryMeterProvider(static metrics => metrics.AddMeter("Npgsql", "Microsoft.Orleans", "GifShare.*"))
        .ConfigureOpenTelemetryTracerProvider(static traces => traces.AddSource("Npgsql", "Microsoft.Orleans.*", "GifShare.*"));

    /// <summary>For the silo program: <c>/metrics</c>, and a collector where one is set. Frontends decide which requests are traced.</summary>
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

    /// <summary>Is anybody told of traces? Passing a trace on costs half of a grain call even where nobody listens.</summary>
    public static bool HasCollector(IConfiguration configuration) =>
        configuration["Telemetry:OtlpEndpoint"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };
}
