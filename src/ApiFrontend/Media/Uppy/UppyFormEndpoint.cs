using System.Collections.Immutable;
using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace GifShare.ApiFrontend.Media.Uppy;

/// <summary>
/// Receives a whole file in a form, as S3 does by POST policy: fields, then <c>file</c>. The file is passed on to the store part by part, and completed. The address
/// is the credential.
/// </summary>
internal static class UppyFormEndpoint
{
    /// <summary>Uppy sends larger files in parts.</summary>
    public const long MaxFileBytes = 100 << 20;

    private const int MaxFieldBytes = 16 * 1024, MaxBoundary = 200;

    private static readonly UploadMetadata Metadata = new(MaxFileBytes + (2 * MaxFieldBytes), MultipartOnly: false, OwnBudget: false, IsKeptInTemp: false, BySignature: true);
    private static readonly Error Broken = Error.Invalid("form", "A form of fields and then the file is expected.");

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost(PartAddresses.Path + "{id}/0", Post).AllowAnonymous().ExcludeFromDescription().WithMetadata(Metadata);

    private static async Task<IResult> Post(
        MediaId id, string? a, HttpContext context, PartAddresses addresses, PartLimits limits, UploadRoom room, IOptions<UploadOptions> options, IGrainFactory grains, IObjectStore store)
    {
        if (!addresses.TryVerify(id, 0, a, out var owner))
            return Error.NotFound.ToProblem(context);
        if (!limits.Admit(owner))
            return new Error(ErrorCode.RateLimited, "Too many files in a minute; go on more slowly.", null, 10).ToProblem(context);
        var media = grains.Media(id);
        if (!(await media.GetUpload(owner)).Succeeded(out var found, out var error))
            return error.ToProblem(context);
        if (found.Upload is not { } upload)
            return Error.NotFound.ToProblem(context);

        await using var body = new UploadBody(context, owner, Metadata, room, options.Value);
        try
        {
            if (await FindFile(context.Request.ContentType, body, context.RequestAborted) is not { } file)
                return Broken.ToProblem(context);
            var parts = ImmutableArray.CreateBuilder<ManifestPart>();
            for (var number = 1; number <= upload.PartCount; number++)
            {
                if (await store.PutPartAsync(new(upload.Token, upload.StoreId), new(number, upload.OffsetOf(number), upload.LengthOf(number)), file, context.RequestAborted) is not { } part)
                    return Error.NotFound.ToProblem(context);
                parts.Add(new(number, part.ETag));
            }

            if (await file.ReadAsync(new byte[1], context.RequestAborted) > 0)
                return Error.Invalid("file", $"{upload.Size} bytes were announced; these are more.").ToProblem(context);
            if ((await media.Complete(owner, new(parts.ToImmutable()))).Error is { } refusal)
                return refusal.ToProblem(context);
            context.Response.Headers.ETag = $"\"{id.Value:N}\"";
            return TypedResults.NoContent();
        }
        catch (EndOfStreamException)
        {
            return Error.Invalid("file", $"{upload.Size} bytes were announced; these are fewer.").ToProblem(context);
        }
        catch (InvalidDataException)
        {
            return Broken.ToProblem(context);
        }
    }

    private static async Task<Stream?> FindFile(string? contentType, Stream body, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= MaxBoundary } boundary)
            return null;
        var reader = new MultipartReader(boundary.ToString(), body) { HeadersCountLimit = 8, HeadersLengthLimit = 4096 };
        while (await reader.ReadNextSectionAsync(cancel) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                return null;
            if (HeaderUtilities.RemoveQuotes(disposition.Name) == "file")
                return section.Body;
            // What is left of a field is skipped by the reader; its length is bounded by the body's.
        }

        return null;
    }
}
