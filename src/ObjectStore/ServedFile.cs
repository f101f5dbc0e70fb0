using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace GifShare.ObjectStore;

/// <summary>
/// Serves a stored object: range and conditional requests and HEAD as in RFC 9110, with headers that keep a browser from interpreting the bytes as
/// anything but an image of their content type. Disposes the object.
/// </summary>
/// <param name="expires">When the URL expires; caches may keep the response until then.</param>
public sealed class ServedFile(OpenedObject opened, DateTimeOffset expires, DateTimeOffset now) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        var seconds = Math.Max(0, (long)(expires - now).TotalSeconds);
        headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"private, max-age={seconds}, immutable");
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        // The file name is derived from the key, so that no user input reaches a header.
        headers.ContentDisposition = $"inline; filename=\"gifshare-{opened.Key.Sha256.AsSpan(0, 12)}.{opened.Key.Extension}\"";
        // The signed URL is the credential, so other sites may embed the image.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.Stream(
            opened.Content,
            opened.Key.ContentType,
            lastModified: opened.LastModified,
            entityTag: new EntityTagHeaderValue(opened.ETag),
            enableRangeProcessing: true).ExecuteAsync(httpContext);
    }
}
