namespace GifShare.ApiFrontend.Operations;

public static class OperationsServices
{
    public static IHostApplicationBuilder AddOperations(this IHostApplicationBuilder builder)
    {
        builder.AddTelemetry();

        BoundedLog.Bound(builder.Services);
        // ASP.NET's own request lines and log scopes hold paths, and so share links' tokens; RequestLog takes their place.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // Warns on every page that it forbids caching, which is what it is for; an error with its stack for every token that somebody made up.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Critical);
        return builder;
    }
}
