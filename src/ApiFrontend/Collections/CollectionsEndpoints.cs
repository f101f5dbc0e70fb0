using GifShare.Collections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Collections;

public static class CollectionsEndpoints
{
    public static IServiceCollection AddCollections(this IServiceCollection services)
    {
        services.AddOptions<DownloadOptions>().BindConfiguration("Downloads")
            .Validate(
                static o => o is { Most: >= 0, MostPerAddress: >= 0, MostPerAccount: >= 0, StallSeconds: >= 0, ItemsPerRead: >= 0 },
                "Downloads: a limit is 0 (off) or a positive number.")
            .ValidateOnStart();
        return services.AddSingleton<LinkDirectory>().AddSingleton<DownloadLimits>().AddSingleton<ZipDownload>();
    }

    public static void MapCollectionsPages(this PageGroups pages)
    {
        pages.Open.MapSharePages();
        pages.Open.MapProfilePages();
        pages.Open.MapOpenCollectionPages();
        pages.Mine.MapCollectionPages();
        pages.Mine.MapLinkPages();
        pages.Mine.MapTrashPages();
        pages.Mine.MapShareActions();
        pages.Mine.MapFavoritePages();
        pages.Mine.MapUndoPages();
    }

    public static void MapCollections(this IEndpointRouteBuilder v1)
    {
        v1.MapTrash();
        var collections = v1.MapGroup("/collections").WithTags("Collections");
        collections.MapPost("", Create).WithName("CreateCollection").WithSummary("Makes a collection");
        collections.MapGet("", Mine).WithName("ListCollections").WithSummary("My collections, most recently changed first; `q` matches names and descriptions");
        collections.MapGet("/{id}", Get).AllowAnonymous().Produces<Collection>().WithName("GetCollection").WithMetadata(Reads.IfNoneMatch).WithSummary("A collection; a view, unless its owner asks");
        collections.MapPatch("/{id}", Update).WithName("UpdateCollection").WithMetadata(Reads.IfMatch).WithSummary("Changes name, description, visibility, cover, or whether copies are allowed");
        collections.MapDelete("/{id}", Delete).WithName("DeleteCollection").WithMetadata(Reads.IfMatch).WithSummary("Deletes a collection, for 30 days restorable");
        collections.MapPost("/{id}/restore", Restore).WithName("RestoreCollection").WithSummary("Brings a deleted collection back");
        collections.MapPut("/{id}/like", Like).WithName("LikeCollection").WithSummary("Likes a collection");
        collections.MapDelete("/{id}/like", Unlike).WithName("UnlikeCollection").WithSummary("Takes the like back");
        collections.MapPost("/{id}/copy", Copy).WithName("CopyCollection").WithSummary("Copies its items into a collection of mine, or a new one");
        collections.MapGet("/{id}/download", Download).AllowAnonymous().WithName("DownloadCollection").WithSummary("A ZIP of the uploaded originals and a JSON index");
        collections.MapItems();
        collections.MapLinks();
        v1.MapGet("/users/{username}/collections", PublicOf).AllowAnonymous().WithTags("Collections")
            .WithName("ListPublicCollections").WithSummary("A user's public collections");
        v1.MapShared();
    }

    private static async Task<Results<Created<Collection>, ProblemHttpResult>> Create(
        NewCollection body, CurrentUser user, HttpContext context, IGrainFactory grains)
    {
        var result = await Idempotent.Run(
            context, GifShareJson.Default.ResultVersionedCollection, ticket => grains.Collection(CollectionId.New()).Create(user.Id, body, ticket));
        return result.ToCreated(context);
    }

    private static async Task<Results<Ok<PageOf<Collection>>, ProblemHttpResult>> Mine(
        string? q, CurrentUser user, Paging paging, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        if (q is not null && (q.Length > 200 || q.Any(char.IsControl)))
            return Error.Invalid("q", "At most 200 characters, none of them control characters.").ToProblem(context);
        return (await grains.CollectionLists().Mine(user.Id, q, paging.Cursor, paging.Limit)).ToOk(context);
    }

    private static async Task<Results<Ok<PageOf<Collection>>, ProblemHttpResult>> PublicOf(
        string username, Paging paging, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "public, no-cache";
        return (await grains.CollectionLists().PublicOf(username, paging.Cursor, paging.Limit)).ToOk(context);
    }

    private static async Task Get(CollectionId id, Viewer viewer, HttpContext context, IGrainFactory grains) =>
        await context.Write(await grains.Collection(id).Read(viewer.Id, context.IfNoneMatch(), context.CountsAsView()));

    private static async Task<Results<Ok<Collection>, ProblemHttpResult>> Update(
        CollectionId id, CollectionPatch body, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).Update(user.Id, body, context.IfMatch())).ToOk(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(CollectionId id, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).Delete(user.Id, context.IfMatch())).ToNoContent(context);

    private static async Task<Results<Ok<Collection>, ProblemHttpResult>> Restore(CollectionId id, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await Idempotent.Run(context, GifShareJson.Default.ResultVersionedCollection, ticket => grains.Collection(id).Restore(user.Id, ticket))).ToOk(context);

    private static async Task<Results<Ok<LikeState>, ProblemHttpResult>> Like(CollectionId id, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).SetLike(user.Id, null, liked: true)).ToOk(context);

    private static async Task<Results<Ok<LikeState>, ProblemHttpResult>> Unlike(CollectionId id, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).SetLike(user.Id, null, liked: false)).ToOk(context);

    private static Task<Results<Created<Collection>, ProblemHttpResult>> Copy(
        CollectionId id, CopyRequest body, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        Copies.Copy(context, grains, user.Id, body, new(id));

    private static Task<IResult> Download(CollectionId id, Viewer viewer, HttpContext context, IGrainFactory grains, ZipDownload zip) =>
        zip.Answer((after, limit) => grains.Collection(id).ReadDownload(viewer.Id, null, null, after, limit), context);
}

/// <summary>Copying, shared by collections and share links.</summary>
internal static class Copies
{
    public static Error? Refusal(CopyRequest body) =>
        body is { CollectionId: not null, Name: not null } ? Error.Invalid("name", "Send collectionId or name, not both.") : null;

    public static async Task<Results<Created<Collection>, ProblemHttpResult>> Copy(
        HttpContext context, IGrainFactory grains, UserId user, CopyRequest body, CopyOrder order)
    {
        if (Refusal(body) is { } refusal)
            return refusal.ToProblem(context);
        var result = await Idempotent.Run(context, GifShareJson.Default.ResultCopied, ticket =>
            grains.Collection(body.CollectionId ?? CollectionId.New()).CopyFrom(user, order, body.Name, isNew: body.CollectionId is null, ticket));
        return (result.Succeeded(out var copied, out var refused) ? copied.Collection : (Result<Versioned<Collection>>)refused).ToCreated(context);
    }
}
