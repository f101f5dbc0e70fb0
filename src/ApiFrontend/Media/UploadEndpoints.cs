using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GifShare.ApiFrontend.Media.Tus;
using GifShare.ApiFrontend.Media.Uppy;
using GifShare.Media;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;

namespace GifShare.ApiFrontend.Media;

/// <summary>The answer of <c>POST /v1/media</c>.</summary>
/// <param name="PartSize">Bytes of each part but the last; null when no parts are expected.</param>
/// <param name="Parts">Where to PUT the parts.</param>
public sealed record UploadAnswer(GifShare.Media.Media Media, long? PartSize, ImmutableArray<PartAddress> Parts, DateTimeOffset? ExpiresAt);

/// <summary>The answer of <c>GET /v1/media/{id}/parts</c>.</summary>
/// <param name="Received">The parts that are stored.</param>
/// <param name="Missing">Where to PUT the others.</param>
public sealed record PartsAnswer(long? PartSize, ImmutableArray<StoredPart> Received, ImmutableArray<PartAddress> Missing, DateTimeOffset? ExpiresAt);

public sealed record StoredPart(int Number, [property: JsonPropertyName("etag")] string ETag, long Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(UploadAnswer))]
[JsonSerializable(typeof(PartsAnswer))]
public sealed partial class MediaJson : JsonSerializerContext;

/// <summary>Uploads of files from 1 byte to 2 GB in parts (api.md, Media).</summary>
public static class UploadEndpoints
{
    public static IServiceCollection AddMedia(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(static options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Add(MediaJson.Default);
            options.SerializerOptions.TypeInfoResolverChain.Add(UppyJson.Default);
        });
        return services.AddSingleton<PartAddresses>().AddSingleton<PartLimits>().AddSingleton<ChunkRequests>().AddSingleton<ChunkReceiver>();
    }

    public static void MapMedia(this IEndpointRouteBuilder v1)
    {
        var media = v1.MapGroup("/media").WithTags("Media");
        media.MapPost("", Begin).WithMetadata(new CountsAsUpload()).WithName("BeginUpload").WithSummary("Announces a file and answers where to PUT its parts")
            .WithDescription("A part's address fixes its length and content type; its answer's ETag goes into the manifest. Parts go in any order, in parallel and repeatedly. With the `sha256` of a file of mine: 200 and no parts.");
        media.MapGet("/{id}/parts", ListParts).WithName("ListParts").WithSummary("The parts that arrived, and addresses for the others");
        media.MapPost("/{id}/complete", Complete).WithMetadata(new CountsAsChunk()).WithName("CompleteUpload").WithSummary("Joins the parts; the file is then read in the background");
        media.MapGet("/{id}", Get).AllowAnonymous().WithName("GetMedia").WithSummary("A file of mine, or of somebody who shows something made of it");
        media.MapDelete("/{id}", Delete).WithName("DeleteMedia").WithSummary("Ends the upload, or deletes the file; what was made of it stays");
    }

    private static async Task<Results<Created<UploadAnswer>, Ok<UploadAnswer>, ProblemHttpResult>> Begin(
        NewMedia body, CurrentUser user, HttpContext context, IGrainFactory grains, PartAddresses addresses)
    {
        var result = await Idempotent.Run(
            context, GifShareJson.Default.ResultCreatedOrExistingMediaUpload, ticket => grains.Media(MediaId.New()).Begin(user.Id, body, ticket));
        if (!result.Succeeded(out var made, out var error))
            return error.ToProblem(context);
        var (media, upload) = (made.Value.Media, made.Value.Upload);
        var parts = upload is null ? [] : Enumerable.Range(1, upload.PartCount).Select(number => addresses.Of(media.Id, user.Id, upload, number)).ToImmutableArray();
        var answer = new UploadAnswer(media, upload?.PartSize, parts, upload?.ExpiresAt);
        context.Response.Headers.CacheControl = "private, no-store";
        return made.IsNew ? TypedResults.Created($"/v1/media/{media.Id}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<Results<Ok<PartsAnswer>, ProblemHttpResult>> ListParts(
        MediaId id, CurrentUser user, HttpContext context, IGrainFactory grains, IObjectStore store, PartAddresses addresses)
    {
        var grain = grains.Media(id);
        if (!(await grain.GetUpload(user.Id)).Succeeded(out var media, out var error))
            return error.ToProblem(context);
        var received = media.Upload is { } open ? await store.ListPartsAsync(new(open.Token, open.StoreId), context.RequestAborted) : null;
        if (media.Upload is not null && received is null)
        {
            // Joined, but whoever did it died before that was recorded: parts would be asked for that nobody takes any more.
            await grain.LookForBytes();
            if (!(await grain.GetUpload(user.Id)).Succeeded(out media, out error))
                return error.ToProblem(context);
        }

        context.Response.Headers.CacheControl = "private, no-store";
        if (media.Upload is not { } upload)
            return TypedResults.Ok(new PartsAnswer(null, [], [], null));
        received ??= [];
        var whole = received.Where(part => part.Number <= upload.PartCount && part.Size == upload.LengthOf(part.Number)).ToDictionary(part => part.Number);
        return TypedResults.Ok(new PartsAnswer(
            upload.PartSize,
            [.. whole.Values.Select(part => new StoredPart(part.Number, part.ETag, part.Size))],
            [.. Enumerable.Range(1, upload.PartCount).Where(number => !whole.ContainsKey(number)).Select(number => addresses.Of(id, user.Id, upload, number))],
            upload.ExpiresAt));
    }

    private static async Task<Results<Accepted<GifShare.Media.Media>, ProblemHttpResult>> Complete(
        MediaId id, Manifest body, CurrentUser user, HttpContext context, IGrainFactory grains, PartLimits limits)
    {
        if (!limits.Admit(user.Id))
            return PartLimits.Exceeded.ToProblem(context);
        var result = await grains.Media(id).Complete(user.Id, body);
        return result.Succeeded(out var media, out var error) ? TypedResults.Accepted($"/v1/media/{id}", media) : error.ToProblem(context);
    }

    private static async Task<Results<Ok<GifShare.Media.Media>, ProblemHttpResult>> Get(MediaId id, Viewer viewer, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        return (await grains.Media(id).Get(viewer.Id)).ToOk(context);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(MediaId id, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Media(id).Delete(user.Id)).ToNoContent(context);
}
