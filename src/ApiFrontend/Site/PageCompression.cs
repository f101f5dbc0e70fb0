using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;

namespace GifShare.ApiFrontend.Site;

/// <summary>
/// Compresses pages where the BREACH attack is impossible: it infers secrets from the compressed length of a response that also contains text of the
/// attacker's choice. Only pages without a query are compressed, except for a cursor, which is authenticated; the antiforgery token differs in every
/// response.
/// </summary>
internal static class PageCompression
{
    public static IServiceCollection AddPageCompression(this IServiceCollection services)
    {
        services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Optimal);
        services.Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Optimal);
        return services.AddResponseCompression(o =>
        {
            o.EnableForHttps = true;
            o.MimeTypes = ["text/html"];
        });
    }

    public static void UsePageCompression(this IApplicationBuilder app) => app.UseWhen(IsSafe, static pages => pages.UseResponseCompression());

    private static bool IsSafe(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method)
        && context.GetEndpoint()?.Metadata.GetMetadata<PageRoute>() is not null
        && context.Request.Query.All(static pair => pair.Key == "cursor");
}
