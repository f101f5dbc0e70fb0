using System.Collections.Immutable;
using System.Text.Json;
using GifShare.ApiFrontend.Gifs;
using GifShare.Collections;
using GifShare.Gifs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// Body of <c>POST …/items</c>: an existing gif (<c>gifId</c>), or a new one as in <c>POST /v1/gifs</c>; with a note and a position.
/// </summary>
public sealed record NewItem(
    GifId? GifId = null,
    string? Note = null,
    GifId? Before = null,
    GifId? After = null,
    string? Url = null,
    int? Width = null,
    int? Height = null,
    string? Provider = null,
    MediaId? MediaId = null,
    string? Title = null,
    string? AltText = null,
    ImmutableArray<string>? Tags = null,
    string? Rating = null)
{
    /// <summary>Validates the body. <paramref name="fresh"/>: the gif to create first; null where <c>gifId</c> names an existing one.</summary>
    public Error? Check(out NewGif? fresh)
    {
        fresh = null;
        var isFresh = (Url ?? Provider ?? Title ?? AltText ?? Rating) is not null || (Width ?? Height) is not null || MediaId is not null || Tags is not null;
        if (GifId is not null)
            return isFresh ? Error.Invalid("gifId", "Send gifId, or the members of a new gif, not both.") : null;
        if (!isFresh)
            return Error.Invalid("gifId", "This is required, or mediaId, or the url of a gif.");
        fresh = new(Url, Width, Height, Provider, MediaId, Title, AltText, Tags, Rating);
        return fresh.Check(out _, out _, out _);
    }
}

internal static class ItemsEndpoints
{
    public static void MapItems(this RouteGroupBuilder collections)
    {
        collections.MapGet("/{id}/items", List).AllowAnonymous().Produces<PageOf<CollectionItem>>().WithMetadata(new PagedList(Paging.DefaultLimit))
            .WithMetadata(Reads.IfNoneMatch, Reads.OneOf("sort", "`manual` is the owner's order (default), `added` newest first, `name` by title.", "manual", "added", "name"))
            .WithName("ListItems").WithSummary("A collection's items");
        collections.MapPost("/{id}/items", Add)
            .Accepts<NewItem>("application/json", "multipart/form-data")
            .TakesUpload(GifUploads.MaxBodyBytes, multipartOnly: true, ownBudget: true)
            .WithMetadata(Reads.IfMatch, Reads.Via)
            .WithName("AddItem")
            .WithSummary("Adds a gif: one that I may see (with a share link's `via` also one seen through it), a linked one or a file. Already in it: 200");
        collections.MapPatch("/{id}/items/{gifId}", Update).WithName("UpdateItem").WithMetadata(Reads.IfMatch).WithSummary("Moves an item or changes its note");
        collections.MapDelete("/{id}/items/{gifId}", Remove).WithName("RemoveItem").WithMetadata(Reads.IfMatch).WithSummary("Takes an item out, for 30 days restorable");
        collections.MapPost("/{id}/items/{gifId}/restore", Restore).WithName("RestoreItem").WithSummary("Puts an item back in its place");
        collections.MapPost("/{id}/items/batch", Edit).WithName("EditItems").WithMetadata(Reads.IfMatch).WithSummary("Removes, adds and moves up to 500 items as one write, all or nothing");
    }

    private static async Task List(CollectionId id, Viewer viewer, HttpContext context, IGrainFactory grains)
    {
        var paging = Paging.Read(context);
        var sort = context.QueryChoice<ItemSort>("sort");
        await context.Write(await grains.Collection(id).ReadItems(viewer.Id, sort, paging.Cursor, paging.Limit, context.IfNoneMatch()));
    }

    private static async Task<Results<Created<CollectionItem>, Ok<CollectionItem>, ProblemHttpResult>> Add(
        CollectionId id, string? via, CurrentUser user, HttpContext context, IGrainFactory grains, GifUploads uploads)
    {
        var result = GifUploads.IsUpload(context.Request)
            ? await AddUpload(id, user.Id, context, grains, uploads)
            : await AddNamed(id, via, user.Id, context, grains);
        if (!result.Succeeded(out var item, out var problem))
            return problem.ToProblem(context);
        var shown = await AsOpenNow(id, item.Value.Tagged(context), user.Id, context, grains);
        return item.IsNew ? TypedResults.Created($"/v1/collections/{id}/items/{shown.Gif.Id}", shown) : TypedResults.Ok(shown);
    }

    private static async Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> AddNamed(
        CollectionId id, string? via, UserId user, HttpContext context, IGrainFactory grains)
    {
        var body = await Read(context);
        if (body.Check(out var fresh) is { } invalid)
            return invalid;
        return await Idempotent.Run(context, GifShareJson.Default.ResultCreatedOrExistingVersionedCollectionItem, async ticket =>
        {
            var collection = grains.Collection(id);
            var gif = body.GifId;
            if (fresh is not null)
            {
                // Do not create a gif for a collection that will refuse it.
                if ((await collection.CanEdit(user)).Error is { } refused)
                    return refused;
                var made = await grains.CreateGif(user, fresh, null);
                if (!made.Succeeded(out var value, out var error))
                    return error;
                gif = value.Value.Id;
            }

            return await collection.AddItem(user, new(gif!.Value, body.Note, body.Before, body.After, context.Via(via)), context.IfMatch(), ticket);
        });
    }

    /// <summary>Uploads as <c>POST /v1/gifs</c> does, including the idempotency key; adding the same gif again changes nothing.</summary>
    private static async Task<Result<CreatedOrExisting<Versioned<CollectionItem>>>> AddUpload(
        CollectionId id, UserId user, HttpContext context, IGrainFactory grains, GifUploads uploads)
    {
        var collection = grains.Collection(id);
        if ((await collection.CanEdit(user)).Error is { } refused)
            return refused;
        if (!(await uploads.Create(context, user)).Succeeded(out var gif, out var error))
            return error;
        var result = await collection.AddItem(user, new(gif.Value.Id), context.IfMatch(), null);
        var isReplay = context.Features.Get<IdempotentRequest>() is { Answer: not null };
        return result.Succeeded(out var item, out _) && isReplay ? item with { IsNew = true } : result;
    }

    private static async Task<NewItem> Read(HttpContext context)
    {
        try
        {
            return await context.Request.ReadFromJsonAsync<NewItem>(context.RequestAborted) ?? throw new JsonException("An object is expected.");
        }
        catch (JsonException e)
        {
            // The exception that parameter binding throws, so that the problem details are the same.
            throw new BadHttpRequestException("The body is not an item.", StatusCodes.Status400BadRequest, e);
        }
    }

    private static async Task<Results<Ok<CollectionItem>, ProblemHttpResult>> Update(
        CollectionId id, GifId gifId, ItemPatch body, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).UpdateItem(user.Id, gifId, body, context.IfMatch())).ToOk(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        CollectionId id, GifId gifId, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).RemoveItem(user.Id, gifId, context.IfMatch())).ToNoContent(context);

    private static async Task<Results<Ok<CollectionItem>, ProblemHttpResult>> Restore(
        CollectionId id, GifId gifId, CurrentUser user, HttpContext context, IGrainFactory grains)
    {
        var result = await Idempotent.Run(
            context, GifShareJson.Default.ResultVersionedCollectionItem, ticket => grains.Collection(id).RestoreItem(user.Id, gifId, ticket));
        return result.Succeeded(out var item, out _)
            ? TypedResults.Ok(await AsOpenNow(id, item.Tagged(context), user.Id, context, grains))
            : result.ToOk(context);
    }

    /// <summary>Rechecks the visibility of another user's gif: a stored idempotent response may predate a change of it.</summary>
    private static async Task<CollectionItem> AsOpenNow(CollectionId id, CollectionItem item, UserId user, HttpContext context, IGrainFactory grains) =>
        context.Features.Get<IdempotentRequest>() is { Answer: not null } && item.Gif.Shown is { } gif && gif.Owner.Id != user
            ? item with { Gif = (await grains.Collection(id).GetItem(user, gif.Id)).Value?.Item.Gif ?? new KeptGif(gif.Id, null) }
            : item;

    private static async Task<Results<Ok<Collection>, ProblemHttpResult>> Edit(
        CollectionId id, ItemsBatch body, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await Idempotent.Run(
            context, GifShareJson.Default.ResultVersionedCollection, ticket => grains.Collection(id).EditItems(user.Id, body, context.IfMatch(), ticket))).ToOk(context);
}
