using Microsoft.Extensions.Options;

namespace GifShare.ApiFrontend.Http;

/// <summary>CORS for <c>/v1</c> and uploads: no foreign origin unless setting <c>Cors:Origins</c> names it. Never with cookies.</summary>
public static class Cors
{
    public static void AddCrossOrigin(this IHostApplicationBuilder builder) => builder.Services.AddCors(options =>
    {
        var origins = Origins(builder.Configuration);
        options.AddDefaultPolicy(policy => policy
            .WithOrigins(origins)
            .WithMethods("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
            .WithHeaders("Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Link-Unlock", "Link-View",
                "Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset", "Upload-Checksum", "Upload-Defer-Length", "X-HTTP-Method-Override", "X-Requested-With")
            .WithExposedHeaders("ETag", "Location", "Link-View", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Idempotency-Replayed",
                "Bloom-Bits", "Bloom-Hashes", "Bloom-Count", "Content-Disposition", "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm", "Upload-Offset",
                "Upload-Length", "Upload-Expires", "Upload-Metadata", "Media-Id"));
    });

    public static void UseCrossOrigin(this WebApplication app)
    {
        if (Origins(app.Configuration).Length == 0)
            return;
        app.Use(VaryByOrigin);
        app.UseCors();
    }

    /// <summary>
    /// Adds Vary: Origin, so that a response cached for an image request (without Origin) is not reused for a script, which needs the CORS headers.
    /// ASP.NET Core adds it only when several origins are configured.
    /// </summary>
    private static Task VaryByOrigin(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(static response =>
        {
            var headers = ((HttpResponse)response).Headers;
            if (!headers.Vary.ToString().Contains("Origin", StringComparison.OrdinalIgnoreCase))
                headers.Append("Vary", "Origin");
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }

    private static string[] Origins(IConfiguration configuration)
    {
        var section = configuration.GetSection("Cors:Origins");
        var origins = section.Value?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? section.Get<string[]>() ?? [];
        foreach (var origin in origins)
            if (origin != "*" && (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin))
                throw new OptionsValidationException(nameof(Cors), typeof(Cors), [$"Cors:Origins: {origin} is not an origin such as https://chat.example.org."]);
        return origins;
    }
}
