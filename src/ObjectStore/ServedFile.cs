using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace GifShare.ObjectStore;

/// <summary>
/// Answers with a stored object: ranges, conditions and HEAD as RFC 9110 says, and headers under which a browser shows the bytes as the
/// picture they are and as nothing else. Disposes the object.
/// </summary>
/// <param name="expires">When the address stops working: what was fetched may be kept that long.</param>
public sealed class ServedFile(OpenedObject opened, DateTimeOffset expires, DateTimeOffset now) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        var seconds = Math.Max(0, (long)(expires - now).TotalSeconds);
        headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"private, max-age={seconds}, immutable");
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        // The name is made of the key, so that no text of a user reaches a header.
        headers.ContentDisposition = $"inline; filename=\"gifshare-{opened.Key.Sha256.AsSpan(0, 12)}.{opened.Key.Extension}\"";
        // Chat programs and other sites show these pictures; whoever has the address may.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.Stream(
            opened.Content,
            opened.Key.ContentType,
            lastModified: opened.LastModified,
            entityTag: new EntityTagHeaderValue(opened.ETag),
            enableRangeProcessing: true).ExecuteAsync(httpContext);
    }
}
