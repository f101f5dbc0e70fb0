namespace GifShare.ApiFrontend;

/// <summary>Which foreign pages may read <c>/v1</c>: none, unless setting <c>Cors:Origins</c> names their origins. Never with cookies.</summary>
public static class Cors
{
    public static void AddCrossOrigin(this IHostApplicationBuilder builder) => builder.Services.AddCors(options =>
    {
        var origins = Origins(builder.Configuration);
        options.AddDefaultPolicy(policy => policy
            .WithOrigins(origins)
            .WithMethods("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
            .WithHeaders("Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Link-Unlock", "Link-View")
            .WithExposedHeaders("ETag", "Location", "Link-View", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Idempotency-Replayed"));
    });

    public static bool HasOrigins(IConfiguration configuration) => Origins(configuration).Length > 0;

    private static string[] Origins(IConfiguration configuration)
    {
        var section = configuration.GetSection("Cors:Origins");
        var origins = section.Value?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? section.Get<string[]>() ?? [];
        foreach (var origin in origins)
            if (origin != "*" && (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin))
                throw new FormatException($"Cors:Origins: {origin} is not an origin such as https://chat.example.org.");
        return origins;
    }
}
