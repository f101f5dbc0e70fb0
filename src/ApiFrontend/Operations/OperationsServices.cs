namespace GifShare.ApiFrontend.Operations;

public static class OperationsServices
{
    public static IHostApplicationBuilder AddOperations(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TelemetryOptions>().BindConfiguration("Telemetry")
            .Validate(static o => o.SampleRatio is >= 0 and <= 1, "Telemetry:SampleRatio must be between 0 and 1.")
            .Validate(static o => string.IsNullOrEmpty(o.OtlpEndpoint) || Uri.IsWellFormedUriString(o.OtlpEndpoint, UriKind.Absolute),
                "Telemetry:OtlpEndpoint must be an address such as http://collector:4317.")
            .ValidateOnStart();
        builder.Services.AddSingleton<Telemetry>();
        builder.Services.AddHostedService(static provider => provider.GetRequiredService<Telemetry>());

        // ASP.NET's own request lines and log scopes hold paths, and so share links' tokens; RequestLog takes their place.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // Warns on every page that it forbids caching, which is what it is for; an error with its stack for every token that somebody made up.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Critical);
        return builder;
    }
}
