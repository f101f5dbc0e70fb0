using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Media.Tus;

/// <summary>
/// tus 1.0.0 at <c>/files/</c> (docs/api.md, tus): core, creation, creation-with-upload, termination, expiration, checksum. An upload is a media with the same
/// id, which <c>Media-Id</c> says and <c>GET /v1/media/{id}</c> shows.
/// </summary>
internal static class TusEndpoints
{
    public const string Path = "/files";

    private const string Version = "1.0.0", ChunkType = "application/offset+octet-stream";

    /// <summary>The largest file of any setting; the media's rules know the setting.</summary>
    private const long MaxBytes = 2L << 30;

    internal static UploadMetadata Body { get; } = new(MaxBytes, MultipartOnly: false, OwnBudget: false, IsKeptInTemp: true, IsPassedOn: true);

    public static void MapTus(this IEndpointRouteBuilder app)
    {
        var tus = app.MapGroup(Path).WithMetadata(new SignInRequired()).ExcludeFromDescription();
        foreach (var path in (string[])["", "/{id}"])
            tus.MapMethods(path, [HttpMethods.Options], Discover).AllowAnonymous();
        tus.AddEndpointFilter(CheckVersion);
        tus.MapPost("", Create).WithMetadata(Body, new CountsAsUpload());
        // The pipeline looks for a HEAD request's endpoint as if it were a GET.
        tus.MapMethods("/{id}", [HttpMethods.Get, HttpMethods.Head], Show);
        tus.MapPatch("/{id}", Append).WithMetadata(Body, new CountsAsChunk());
        tus.MapDelete("/{id}", End);
        tus.MapPost("/{id}", Override).WithMetadata(Body, new CountsAsChunk());
    }

    private static async ValueTask<object?> CheckVersion(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var headers = context.Response.Headers;
        headers["Tus-Resumable"] = Version;
        headers.CacheControl = "no-store";
        if (HttpMethods.IsOptions(context.Request.Method) || context.Request.Headers["Tus-Resumable"] is [Version])
            return await next(invocation);
        headers["Tus-Version"] = Version;
        return new Error(ErrorCode.VersionMismatch, $"Send Tus-Resumable: {Version}.").ToProblem(context);
    }

    private static NoContent Discover(HttpContext context, IConfiguration configuration)
    {
        var headers = context.Response.Headers;
        headers["Tus-Version"] = Version;
        headers["Tus-Extension"] = "creation,creation-with-upload,termination,expiration,checksum";
        headers["Tus-Checksum-Algorithm"] = string.Join(',', TusChecksum.Algorithms);
        headers["Tus-Max-Size"] = MaxFileBytes(configuration).ToString(CultureInfo.InvariantCulture);
        headers.Allow = "OPTIONS, POST, HEAD, PATCH, DELETE";
        return TypedResults.NoContent();
    }

    private static async Task<IResult> Create(CurrentUser user, HttpContext context, IGrainFactory grains, IConfiguration configuration, ChunkReceiver receiver)
    {
        var request = context.Request;
        if (Number(request, "Upload-Length") is not { } size)
            return Error.Invalid("Upload-Length", "The number of bytes is expected; it cannot be told later.").ToProblem(context);
        if (size > MaxFileBytes(configuration))
            return BodyLimits.TooLarge.ToProblem(context);
        var isWithUpload = request.ContentType == ChunkType;
        if (!isWithUpload && request.ContentLength > 0)
            return NotAChunk.ToProblem(context);
        if (!TusMetadata.Read(request.Headers["Upload-Metadata"].ToString(), size).Succeeded(out var media, out var invalid)
            || !TusChecksum.Read(request).Succeeded(out var checksum, out invalid)
            || !(await grains.Media(MediaId.New()).BeginShaped(user.Id, media, new(InChunks: true))).Succeeded(out var begun, out invalid))
            return invalid.ToProblem(context);

        var id = begun.Media.Id;
        var expires = (await grains.Media(id).GetChunks(user.Id)).Value?.ExpiresAt;
        Tell(context.Response, id, 0, expires);
        context.Response.Headers.Location = $"{Path}/{id}";
        if (!isWithUpload)
            return TypedResults.StatusCode(StatusCodes.Status201Created);
        var received = await receiver.Receive(context, user.Id, id, 0, checksum);
        if (received.Succeeded(out var turn, out var refusal))
        {
            Tell(context.Response, id, turn.Offset, turn.IsDone ? null : expires);
            return TypedResults.StatusCode(StatusCodes.Status201Created);
        }

        // A client that is refused does not look at Location.
        await grains.Media(id).Delete(user.Id);
        context.Response.Headers.Remove("Location");
        return refusal.ToProblem(context);
    }

    private static async Task<IResult> Show(MediaId id, CurrentUser user, HttpContext context, IGrainFactory grains, ChunkRequests requests)
    {
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "HEAD, PATCH, DELETE, OPTIONS";
            return new Error(Problems.MethodNotAllowed, "This is an upload; GET /v1/media/{id} shows the file.").ToProblem(context);
        }

        var media = grains.Media(id);
        var found = await media.GetChunks(user.Id);
        // Whoever asks for the offset wants to go on from there: the request before is dead, and what came of it is kept.
        if (found.Error is null && await requests.Interrupt(id))
            found = await media.GetChunks(user.Id);
        if (!found.Succeeded(out var upload, out var error))
            return error.ToProblem(context);
        Tell(context.Response, id, upload.Offset, upload.ExpiresAt);
        var headers = context.Response.Headers;
        headers["Upload-Length"] = upload.Size.ToString(CultureInfo.InvariantCulture);
        headers["Upload-Metadata"] = TusMetadata.Write(upload);
        return TypedResults.Ok();
    }

    private static async Task<IResult> Append(MediaId id, CurrentUser user, HttpContext context, IGrainFactory grains, PartLimits limits, ChunkReceiver receiver)
    {
        if (!limits.Admit(user.Id))
            return new Error(ErrorCode.RateLimited, "Too many chunks in a minute; send larger ones.", null, 10).ToProblem(context);
        if (context.Request.ContentType != ChunkType)
            return NotAChunk.ToProblem(context);
        if (Number(context.Request, "Upload-Offset") is not { } offset)
            return Error.Invalid("Upload-Offset", "The number of bytes before this chunk is expected.").ToProblem(context);
        if (!TusChecksum.Read(context.Request).Succeeded(out var checksum, out var invalid))
            return invalid.ToProblem(context);
        if (!(await receiver.Receive(context, user.Id, id, offset, checksum)).Succeeded(out var turn, out var refusal))
            return refusal.ToProblem(context);
        Tell(context.Response, id, turn.Offset, turn.IsDone ? null : turn.Upload.ExpiresAt);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> End(MediaId id, CurrentUser user, HttpContext context, IGrainFactory grains, ChunkRequests requests)
    {
        if ((await grains.Media(id).Delete(user.Id)).Error is { } error)
            return error.ToProblem(context);
        await requests.Interrupt(id);
        return TypedResults.NoContent();
    }

    /// <summary>For clients that can send nothing but POST.</summary>
    private static Task<IResult> Override(
        MediaId id, CurrentUser user, HttpContext context, IGrainFactory grains, PartLimits limits, ChunkReceiver receiver, ChunkRequests requests) =>
        context.Request.Headers["X-HTTP-Method-Override"].ToString().ToUpperInvariant() switch
        {
            "PATCH" => Append(id, user, context, grains, limits, receiver),
            "DELETE" => End(id, user, context, grains, requests),
            _ => Task.FromResult<IResult>(new Error(Problems.MethodNotAllowed, "X-HTTP-Method-Override is PATCH or DELETE.").ToProblem(context)),
        };

    private static long MaxFileBytes(IConfiguration configuration) => configuration.GetValue("Media:MaxFileBytes", MaxBytes);

    private static Error NotAChunk => new(ErrorCode.UnsupportedMedia, $"Content-Type: {ChunkType} is expected.");

    private static void Tell(HttpResponse response, MediaId id, long offset, DateTimeOffset? expires)
    {
        response.Headers["Media-Id"] = id.ToString();
        response.Headers["Upload-Offset"] = offset.ToString(CultureInfo.InvariantCulture);
        if (expires is { } at)
            response.Headers["Upload-Expires"] = at.ToString("R", CultureInfo.InvariantCulture);
        else
            response.Headers.Remove("Upload-Expires");
    }

    private static long? Number(HttpRequest request, string header) =>
        request.Headers[header] is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
