using GifShare.Collections;
using GifShare.Gifs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Collections;

internal static class TrashEndpoints
{
    public static void MapTrash(this IEndpointRouteBuilder v1) =>
        v1.MapGet("/trash", List).WithTags("GIFs").WithName("ListTrash").WithMetadata(Reads.OneOf("type", "What to list.", "collection", "item", "gif")).WithSummary("What I deleted and can restore: `type` is `collection`, `item` or `gif`");

    private static async Task<Results<Ok<PageOf<TrashedCollection>>, Ok<PageOf<TrashedItem>>, Ok<PageOf<TrashedGif>>, ProblemHttpResult>> List(
        string? type, CurrentUser user, Paging paging, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        var lists = grains.CollectionLists();
        return type switch
        {
            "collection" => Answer(await lists.TrashedCollections(user.Id, paging.Cursor, paging.Limit), TypedResults.Ok),
            "item" => Answer(await lists.TrashedItems(user.Id, paging.Cursor, paging.Limit), TypedResults.Ok),
            "gif" => Answer(await lists.TrashedGifs(user.Id, paging.Cursor, paging.Limit), TypedResults.Ok),
            _ => Error.Invalid("type", "One of these is expected: collection, item, gif.").ToProblem(context),
        };

        Results<Ok<PageOf<TrashedCollection>>, Ok<PageOf<TrashedItem>>, Ok<PageOf<TrashedGif>>, ProblemHttpResult> Answer<T>(
            Result<PageOf<T>> result, Func<PageOf<T>, IResult> ok) =>
            !result.Succeeded(out var page, out var error) ? error.ToProblem(context) : ok(page) switch
            {
                Ok<PageOf<TrashedCollection>> collections => collections,
                Ok<PageOf<TrashedItem>> items => items,
                Ok<PageOf<TrashedGif>> gifs => gifs,
                var other => throw new InvalidOperationException($"No list of the trash: {other}"),
            };
    }
}
