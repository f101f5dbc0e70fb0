using GifShare.Collections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Collections;

public static class CollectionsEndpoints
{
    public static IServiceCollection AddCollections(this IServiceCollection services) => services.AddSingleton<LinkDirectory>();

    public static void MapCollections(this IEndpointRouteBuilder v1)
    {
        var collections = v1.MapGroup("/collections").WithTags("Collections");
        collections.MapPost("", Create).WithName("CreateCollection").WithSummary("Makes a collection");
        collections.MapGet("", Mine).WithName("ListCollections").WithSummary("My collections, most recently changed first; `q` matches names and descriptions");
        collections.MapGet("/{id}", Get).AllowAnonymous().Produces<Collection>().WithName("GetCollection").WithMetadata(Reads.IfNoneMatch).WithSummary("A collection; a view, unless its owner asks");
        collections.MapPatch("/{id}", Update).WithName("UpdateCollection").WithMetadata(Reads.IfMatch).WithSummary("Changes name, description, visibility or cover");
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
        Copies.Copy(context, grains, user.Id, body, () => grains.Collection(id).Snapshot(user.Id, null));

    private static async Task<IResult> Download(CollectionId id, Viewer viewer, HttpContext context, IGrainFactory grains, ObjectStore.IObjectStore store) =>
        ZipDownload.Of(await grains.Collection(id).Snapshot(viewer.Id, null), context, store);
}

/// <summary>Copies are the same for a collection and for a link.</summary>
internal static class Copies
{
    public static Error? Refusal(CopyRequest body) =>
        body is { CollectionId: not null, Name: not null } ? Error.Invalid("name", "Give collectionId or name, not both.") : null;

    public static async Task<Results<Created<Collection>, ProblemHttpResult>> Copy(
        HttpContext context, IGrainFactory grains, UserId user, CopyRequest body, Func<Task<Result<CollectionSnapshot>>> source)
    {
        if (Refusal(body) is { } refusal)
            return refusal.ToProblem(context);
        var result = await Idempotent.Run(context, GifShareJson.Default.ResultVersionedCollection, async ticket =>
        {
            var snapshot = await source();
            if (!snapshot.Succeeded(out var taken, out var error))
                return error;
            var target = grains.Collection(body.CollectionId ?? CollectionId.New());
            return await target.CopyFrom(user, taken, body.Name, isNew: body.CollectionId is null, ticket);
        });
        return result.ToCreated(context);
    }
}
