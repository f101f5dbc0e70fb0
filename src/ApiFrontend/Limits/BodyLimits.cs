using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace GifShare.ApiFrontend.Limits;

/// <summary>
/// Checks a body before it is parsed: 413 before 415 (api.md, order of checks). A body of up to 64 KB is buffered, so that the size of a chunked body
/// is known and its hash can identify a repeated request. Upload endpoints opt out with <see cref="UploadConventions.TakesUpload"/> and stream the
/// body: an <see cref="UploadBody"/>.
/// </summary>
public sealed class BodyLimits(RequestDelegate next, UploadRoom room, IOptions<UploadOptions> uploads)
{
    public const int MaxBytes = 64 * 1024;

    public static Error TooLarge { get; } = new(ErrorCode.TooLarge, "The body is larger than this route accepts.");

    public static Error NotJson { get; } = new(ErrorCode.UnsupportedMedia, "Send JSON: Content-Type: application/json (UTF-8).");

    public Task Invoke(HttpContext context)
    {
        var request = context.Request;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || context.GetEndpoint() is not { } endpoint
            ? next(context)
            : Check(context, endpoint);
    }

    private async Task Check(HttpContext context, Endpoint endpoint)
    {
        var request = context.Request;
        var upload = endpoint.Metadata.GetMetadata<UploadMetadata>() is { } metadata && metadata.Matches(request) ? metadata : null;
        var isUpload = upload is not null;
        var limit = upload?.MaxBytes ?? MaxBytes;
        if (request.ContentLength > limit)
        {
            await context.WriteProblem(TooLarge);
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit;
        if (!isUpload && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false })
            request.Body = await ReadWhole(request, context.RequestAborted);

        if (!isUpload && endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is { } accepts && accepts.ContentTypes.Any(IsJson)
            && !(accepts.IsOptional && request.Body.CanSeek && request.Body.Length == 0)
            && !IsJson(request.ContentType))
        {
            await context.WriteProblem(NotJson);
            return;
        }

        if (upload is not { BySignature: false, IsPassedOn: false } || context.Features.Get<CurrentUser>() is not { } user)
        {
            await next(context);
            return;
        }

        var plain = request.Body;
        await using var body = new UploadBody(context, user.Id, upload, room, uploads.Value);
        request.Body = body;
        try
        {
            await next(context);
        }
        finally
        {
            request.Body = plain;
        }
    }

    /// <exception cref="BadHttpRequestException">413, from the server's own limit.</exception>
    private static async Task<MemoryStream> ReadWhole(HttpRequest request, CancellationToken cancellationToken)
    {
        var whole = new MemoryStream((int)(request.ContentLength ?? 1024));
        var buffer = ArrayPool<byte>.Shared.Rent(8192);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (whole.Length + read > MaxBytes)
                    throw new RefusedException(TooLarge);
                await whole.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        whole.Position = 0;
        return whole;
    }

    private static bool IsJson(string? contentType) => contentType == "application/json" ||
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Metadata of an endpoint that streams a body of up to <paramref name="MaxBytes"/>.</summary>
/// <param name="MultipartOnly">Only a multipart body is an upload, anything else is an ordinary body (<c>POST /v1/gifs</c>); false: every body is.</param>
/// <param name="OwnBudget">Counts against the user's upload budget instead of the writes, and against the storage quota.</param>
/// <param name="BySignature">The address is the credential: the endpoint knows the user only later and limits the body itself, and counts as a read.</param>
/// <param name="IsKeptInTemp">The body is buffered in the folder for temporary files.</param>
/// <param name="IsPassedOn">The endpoint reads the body through its own <see cref="UploadBody"/> and passes it on piece by piece, so that only a piece counts as in progress.</param>
public sealed record UploadMetadata(long MaxBytes, bool MultipartOnly, bool OwnBudget, bool IsKeptInTemp, bool BySignature = false, bool IsPassedOn = false)
{
    public bool Matches(HttpRequest request) =>
        !MultipartOnly || request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true;
}

/// <summary>Metadata of an endpoint that announces an upload: counts against the user's upload budget instead of the writes.</summary>
public sealed record CountsAsUpload;

/// <summary>Metadata of an endpoint that takes chunks of an upload, which are no writes; it counts them itself (<c>RateLimits:MarksPerMinute</c>).</summary>
public sealed record CountsAsChunk;

public static class UploadConventions
{
    /// <inheritdoc cref="UploadMetadata"/>
    public static TBuilder TakesUpload<TBuilder>(this TBuilder builder, long maxBytes, bool multipartOnly = false, bool ownBudget = false, bool keptInTemp = false)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new UploadMetadata(maxBytes, multipartOnly, ownBudget, keptInTemp));
}
