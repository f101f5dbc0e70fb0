using GifShare.ApiFrontend.Pages.Views;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Pages;

/// <summary>My collections: the list, and making a new one.</summary>
internal static class CollectionListPages
{
    public static void MapCollectionListPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/collections", static (HttpContext context, CurrentUser user, IGrainFactory grains) => List(context, user, grains, null));
        routes.MapPost("/collections", Create);
    }

    private static async Task<IResult> List(HttpContext context, CurrentUser user, IGrainFactory grains, Error? failed)
    {
        var mine = await grains.CollectionLists().Mine(user.Id, null, context.Request.Query["cursor"], Paging.DefaultLimit);
        return mine.Succeeded(out var collections, out var error)
            ? context.Page<CollectionsPage>(
                new() { ["Collections"] = collections, ["Error"] = failed },
                failed is null ? StatusCodes.Status200OK : Problems.StatusOf(failed.Code))
            : context.ErrorPage(error);
    }

    private static async Task<IResult> Create(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var id = CollectionId.New();
        var created = await grains.Collection(id).Create(user.Id, new NewCollection(form["name"] ?? ""), null);
        return created.Succeeded(out _, out var error) ? PageViews.SeeOther($"/c/{id}") : await List(context, user, grains, error);
    }
}
