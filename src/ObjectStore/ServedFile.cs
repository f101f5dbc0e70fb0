using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace GifShare.ObjectStore;

/// <summary>
/// Answers with a stored object: ranges, conditions and HEAD as in RFC 9110, with headers that let a browser show the bytes only as a picture of
/// their content type. Disposes the object.
/// </summary>
/// <param name="expires">When the address becomes invalid; caches may keep the answer until then.</param>
public sealed class ServedFile(OpenedObject opened, DateTimeOffset expires, DateTimeOffset now) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        var seconds = Math.Max(0, (long)(expires - now).TotalSeconds);
        headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"private, max-age={seconds}, immutable");
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        // The file name is made from the key, so that no text of a user gets into a header.
        headers.ContentDisposition = $"inline; filename=\"gifshare-{opened.Key.Sha256.AsSpan(0, 12)}.{opened.Key.Extension}\"";
        // Chat programs and other sites may show the picture: whoever has the address may see it.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.Stream(
            opened.Content,
            opened.Key.ContentType,
            lastModified: opened.LastModified,
            entityTag: new EntityTagHeaderValue(opened.ETag),
            enableRangeProcessing: true).ExecuteAsync(httpContext);
    }
}
