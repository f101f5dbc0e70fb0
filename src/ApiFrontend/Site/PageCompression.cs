using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;

namespace GifShare.ApiFrontend.Site;

/// <summary>
/// Pages are compressed where that tells nobody anything. Compression together with a text of an attacker's choice in the same answer would
/// give away, by its length, what else stands there (BREACH). So it is for what is read by an address without a query, a cursor apart,
/// which is authenticated; the antiforgery token is another in each answer.
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
