using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GifShare.Media;
using GifShare.ObjectStore;

namespace GifShare.ApiFrontend.Media.Uppy;

/// <summary>What Uppy asks to begin an upload with.</summary>
/// <param name="Metadata">The file's <c>meta</c>. <c>size</c> has to be among it, since storage is reserved for it; <c>partSize</c> where the page sets <c>getChunkSize</c>.</param>
public sealed record UppyFile(string Filename, JsonElement? Metadata = null, string? Type = null);

public sealed record UppyUpload(string Key, string UploadId);

public sealed record UppyAddress(string Url);

/// <param name="Fields">Of the form in which the file is posted to <paramref name="Url"/>.</param>
public sealed record UppyForm(string Method, string Url, ImmutableDictionary<string, string> Fields);

public sealed record UppyPart(
    [property: JsonPropertyName("PartNumber")] int PartNumber, [property: JsonPropertyName("ETag")] string ETag, [property: JsonPropertyName("Size")] long? Size = null);

public sealed record UppyManifest(ImmutableArray<UppyPart> Parts);

public sealed record UppyDone(string Location, string Key);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UppyFile))]
[JsonSerializable(typeof(UppyUpload))]
[JsonSerializable(typeof(UppyAddress))]
[JsonSerializable(typeof(UppyForm))]
[JsonSerializable(typeof(ImmutableArray<UppyPart>))]
[JsonSerializable(typeof(UppyManifest))]
[JsonSerializable(typeof(UppyDone))]
public sealed partial class UppyJson : JsonSerializerContext;

/// <summary>
/// What <c>@uppy/aws-s3</c> 6 asks a companion (docs/api.md, Uppy), over uploads in parts: an upload's id and the object's key are the media's id. Bytes go to
/// the store's own addresses where clients reach them.
/// </summary>
internal static class UppyEndpoints
{
    /// <summary>Uppy's parts, unless the page says otherwise.</summary>
    private const long PartSize = 5L << 20, LargestPart = 64L << 20;

    private const string Upload = "/multipart/{uploadId}";

    public static void MapUppy(this IEndpointRouteBuilder app)
    {
        var uppy = app.MapGroup("/uppy/s3").WithMetadata(new SignInRequired()).ExcludeFromDescription();
        uppy.MapGet("/params", BeginForm).WithMetadata(new CountsAsUpload());
        uppy.MapPost("/multipart", Begin).WithMetadata(new CountsAsUpload());
        uppy.MapGet(Upload, List);
        uppy.MapGet(Upload + "/{number:int}", Address);
        uppy.MapPost(Upload + "/complete", Complete);
        uppy.MapDelete(Upload, End);
        UppyFormEndpoint.Map(app);
    }

    private static async Task<IResult> Begin(UppyFile body, CurrentUser user, HttpContext context, IGrainFactory grains)
    {
        var metadata = body.Metadata is { ValueKind: JsonValueKind.Object } given ? given : default;
        var result = await Announce(body.Filename, body.Type, name => metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(name, out var value) ? value.ToString() : null, user, grains);
        return result.Succeeded(out var begun, out var error) ? TypedResults.Json(new UppyUpload(begun.Media.Id.ToString(), begun.Media.Id.ToString()), UppyJson.Default.UppyUpload) : error.ToProblem(context);
    }

    /// <summary>For files that go in one request: a form, as S3 takes it (POST policy).</summary>
    private static async Task<IResult> BeginForm(
        string? filename, string? type, CurrentUser user, HttpContext context, IGrainFactory grains, PartAddresses addresses, PublicAddress site)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
            return new Error(Problems.MethodNotAllowed, "GET announces an upload here; HEAD does nothing.").ToProblem(context);
        var result = await Announce(filename ?? "", type, name => context.Request.Query[$"metadata[{name}]"] is [{ } value] ? value : null, user, grains);
        if (!result.Succeeded(out var begun, out var error))
            return error.ToProblem(context);
        var (media, upload) = (begun.Media, begun.Upload!);
        if (upload.Size > UppyFormEndpoint.MaxFileBytes)
        {
            await grains.Media(media.Id).Delete(user.Id);
            return BodyLimits.TooLarge.ToProblem(context);
        }

        context.Response.Headers.CacheControl = "no-store";
        var form = new UppyForm("POST", site.Origin + addresses.OfForm(media.Id, user.Id, upload), ImmutableDictionary<string, string>.Empty.Add("key", media.Id.ToString()));
        return TypedResults.Json(form, UppyJson.Default.UppyForm);
    }

    private static async Task<IResult> Address(
        MediaId uploadId, int number, CurrentUser user, HttpContext context, IGrainFactory grains, PartAddresses addresses, PublicAddress site)
    {
        if (!(await grains.Media(uploadId).GetUpload(user.Id)).Succeeded(out var media, out var error))
            return error.ToProblem(context);
        if (media.Upload is not { } upload || number < 1 || number > upload.PartCount)
            return Error.NotFound.ToProblem(context);
        // Uppy sends parts without a content type.
        var url = addresses.Of(uploadId, user.Id, upload, number, ofAnyType: true).Url;
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new UppyAddress(url.StartsWith('/') ? site.Origin + url : url), UppyJson.Default.UppyAddress);
    }

    private static async Task<IResult> List(MediaId uploadId, CurrentUser user, HttpContext context, IGrainFactory grains, IObjectStore store)
    {
        if (!(await grains.Media(uploadId).GetUpload(user.Id)).Succeeded(out var media, out var error))
            return error.ToProblem(context);
        if (media.Upload is not { } upload || await store.ListPartsAsync(new(upload.Token, upload.StoreId), context.RequestAborted) is not { } received)
            return Error.NotFound.ToProblem(context);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            received.Where(part => part.Number <= upload.PartCount && part.Size == upload.LengthOf(part.Number)).Select(part => new UppyPart(part.Number, part.ETag, part.Size)).ToImmutableArray(),
            UppyJson.Default.ImmutableArrayUppyPart);
    }

    private static async Task<IResult> Complete(MediaId uploadId, UppyManifest body, CurrentUser user, HttpContext context, IGrainFactory grains, PublicAddress site)
    {
        if (body.Parts.IsDefault)
            return Error.Invalid("parts", "All parts are expected.").ToProblem(context);
        var result = await grains.Media(uploadId).Complete(user.Id, new([.. body.Parts.Select(part => new ManifestPart(part.PartNumber, part.ETag))]));
        return result.Succeeded(out _, out var error)
            ? TypedResults.Json(new UppyDone($"{site.Origin}/v1/media/{uploadId}", uploadId.ToString()), UppyJson.Default.UppyDone)
            : error.ToProblem(context);
    }

    /// <summary>Ends an upload; a file that has arrived stays.</summary>
    private static async Task<IResult> End(MediaId uploadId, CurrentUser user, HttpContext context, IGrainFactory grains)
    {
        var media = grains.Media(uploadId);
        if (!(await media.GetUpload(user.Id)).Succeeded(out var found, out var error))
            return error.ToProblem(context);
        return found.Upload is null ? Error.NotFound.ToProblem(context) : (await media.Delete(user.Id)).Error is { } refusal ? refusal.ToProblem(context) : TypedResults.NoContent();
    }

    private static async Task<Result<MediaUpload>> Announce(string name, string? type, Func<string, string?> metadata, CurrentUser user, IGrainFactory grains)
    {
        if (Number(metadata("size")) is not { } size)
            return Error.Invalid("metadata.size", "Uppy does not send a file's size by itself; put it into the file's meta, since storage is reserved for it.");
        var partSize = metadata("partSize") is { } given ? Number(given) : PartSize;
        if (partSize is not (>= PartSize and <= LargestPart))
            return Error.Invalid("metadata.partSize", $"{PartSize} to {LargestPart} bytes are allowed.");
        var plain = type?.Split(';')[0].Trim();
        return await grains.Media(MediaId.New()).BeginShaped(user.Id, new(name, plain is { Length: > 0 } ? plain : "application/octet-stream", size), new(PartSize: partSize));
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
