namespace GifShare.ApiFrontend.Operations;

public static class OperationsServices
{
    public static IHostApplicationBuilder AddOperations(this IHostApplicationBuilder builder)
    {
        builder.AddTelemetry();

        BoundedLog.Bound(builder.Services);
        // ASP.NET's request log lines and scopes contain paths, and so share links' tokens; RequestLog replaces them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // Antiforgery warns on every page that it disables caching, and logs an error with a stack trace for every invented token.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Critical);
        return builder;
    }
}
