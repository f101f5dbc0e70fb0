using System.Text.Json;
using GifShare.ApiFrontend.Collections;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GifShare.ApiFrontend.Gifs;

public static class GifsEndpoints
{
    public static IServiceCollection AddGifs(this IServiceCollection services)
    {
        services.TryAddSingleton<UploadReader>();
        services.ConfigureAll<OpenApiOptions>(static options => options.AddSchemaTransformer(KeptGifSchema.Transform));
        return services.AddSingleton<GifUploads>();
    }

    public static void MapGifs(this IEndpointRouteBuilder v1)
    {
        var gifs = v1.MapGroup("/gifs").WithTags("GIFs");
        gifs.MapPost("", Create)
            .Accepts<NewGif>("application/json", "multipart/form-data")
            .TakesUpload(GifUploads.MaxBodyBytes, multipartOnly: true, ownBudget: true)
            .WithName("CreateGif").WithSummary("Keeps a GIF: uploaded, of a media, fetched or linked by its address")
            .WithDescription($"JSON with `mediaId` for a gif of a media of mine; with `url`, `width`, `height` and `provider` for a link, of which only the address is kept; with `url` alone the bytes are fetched and kept (`status` is `processing`, then `ready` or `failed`); multipart/form-data for an upload: `file` (GIF, PNG, JPEG or WebP, up to {GifUploads.MaxFileMegabytes} MB) and, each at most once, `title`, `altText`, `rating` and `tags` (separated by commas, or a JSON array). The same bytes or address again answer 200 with the same gif.");
        gifs.MapGet("/{id}", Get).AllowAnonymous().WithName("GetGif").WithMetadata(Reads.Via, Reads.LinkUnlock, Reads.LinkView).WithSummary("A gif");
        gifs.MapPatch("/{id}", Update).WithName("UpdateGif").WithSummary("Changes a gif's texts");
        gifs.MapDelete("/{id}", Delete).WithName("DeleteGif").WithSummary("Deletes a gif, for 30 days restorable; it leaves every collection and favourite");
        gifs.MapPost("/{id}/restore", Restore).WithName("RestoreGif").WithSummary("Brings a deleted gif back, also into collections and favourites");
        v1.MapFavorites();
    }

    private static async Task<Results<Created<Gif>, Ok<Gif>, ProblemHttpResult>> Create(
        CurrentUser user, HttpContext context, IGrainFactory grains, GifUploads uploads)
    {
        var result = GifUploads.IsUpload(context.Request)
            ? await uploads.Create(context, user.Id)
            : await CreateNamed(context, user.Id, grains);
        if (!result.Succeeded(out var made, out var error))
            return error.ToProblem(context);
        return made.IsNew ? TypedResults.Created($"/v1/gifs/{made.Value.Id}", made.Value) : TypedResults.Ok(made.Value);
    }

    private static async Task<Result<CreatedOrExisting<Gif>>> CreateNamed(HttpContext context, UserId user, IGrainFactory grains)
    {
        NewGif body;
        try
        {
            body = await JsonSerializer.DeserializeAsync(context.Request.Body, GifShareJson.Default.NewGif, context.RequestAborted)
                ?? throw new JsonException("An object is expected.");
        }
        catch (JsonException e)
        {
            // The exception that parameter binding throws, so that the problem details are the same.
            throw new BadHttpRequestException("The body is not a gif.", StatusCodes.Status400BadRequest, e);
        }

        return await Idempotent.Run(context, GifShareJson.Default.ResultCreatedOrExistingGif, ticket => grains.CreateGif(user, body, ticket));
    }

    /// <summary>Creates a gif of a media, of a link, or of an address to fetch.</summary>
    public static Task<Result<CreatedOrExisting<Gif>>> CreateGif(this IGrainFactory grains, UserId user, NewGif body, IdempotencyTicket? ticket)
    {
        if (body.Check(out var linked, out var made, out var fetched) is { } invalid)
            return Task.FromResult<Result<CreatedOrExisting<Gif>>>(invalid);
        var gif = grains.Gif(GifId.New());
        return linked is not null ? gif.CreateLinked(user, linked, ticket)
            : made is not null ? gif.CreateFromMedia(user, made, ticket)
            : gif.CreateFetched(user, fetched!, ticket);
    }

    private static async Task<Results<Ok<Gif>, ProblemHttpResult>> Get(GifId id, string? via, Viewer viewer, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        return (await grains.Gif(id).Get(viewer.Id, context.Via(via))).ToOk(context);
    }

    private static async Task<Results<Ok<Gif>, ProblemHttpResult>> Update(
        GifId id, GifPatch patch, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Gif(id).Update(user.Id, patch)).ToOk(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(GifId id, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Gif(id).Delete(user.Id)).ToNoContent(context);

    private static async Task<Results<Ok<Gif>, ProblemHttpResult>> Restore(GifId id, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await Idempotent.Run(context, GifShareJson.Default.ResultGif, ticket => grains.Gif(id).Restore(user.Id, ticket))).ToOk(context);
}
