using System.Text.Json;
using GifShare.ApiFrontend.Collections;
using GifShare.ApiFrontend.Pages.Views;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Pages;

/// <summary>The pages of collections; this one shows a collection to whoever may see it.</summary>
internal static class CollectionPages
{
    private const int ItemsPerPage = 50;

    /// <summary>A page that a script continues with may hold more: nobody waits for it with an empty window.</summary>
    private const int ItemsPerFurtherPage = 100;

    public static int PageSize(string? cursor) => string.IsNullOrEmpty(cursor) ? ItemsPerPage : ItemsPerFurtherPage;

    public static void MapCollectionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapCollectionListPages();
        routes.MapCollectionLinkPages();
        routes.MapAddPages();
        routes.MapItemPages();
    }

    public static async Task<IResult> Show(CollectionId id, HttpContext context, UserId? viewer, IGrainFactory grains, Error? failed)
    {
        var grain = grains.Collection(id);
        string? cursor = context.Request.Query["cursor"];
        var counts = failed is null && string.IsNullOrEmpty(cursor) && context.CountsAsView();
        if (!(await grain.Read(viewer, null, counts)).Succeeded(out var page, out var error)
            || !(await grain.ReadItems(viewer, ItemSort.Manual, cursor, PageSize(cursor), null)).Succeeded(out var items, out error))
            return context.ErrorPage(error);

        var collection = JsonSerializer.Deserialize(page.Body.Span, GifShareJson.Default.Collection)!;
        var content = JsonSerializer.Deserialize(items.Body.Span, GifShareJson.Default.PageOfCollectionItem)!;
        var isOwner = viewer is not null && collection.Owner.Id == viewer;
        var links = isOwner && (await grain.ListLinks(viewer!.Value, null, Paging.MaxLimit)).Succeeded(out var some, out _) ? some.Items : [];
        return context.Page<CollectionPage>(
            new()
            {
                ["Collection"] = collection,
                ["Items"] = content.Items,
                ["Next"] = content.Next,
                ["Links"] = links,
                ["IsOwner"] = isOwner,
                ["Favorites"] = await grains.Hearts(viewer, content.Items),
                ["Error"] = failed,
            },
            failed is null ? StatusCodes.Status200OK : Problems.StatusOf(failed.Code));
    }

    // A thing that is gone already is what the form wanted.
    public static async Task<IResult> Back(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, Error? error) =>
        error is null or { Code: ErrorCode.NotFound } ? PageViews.SeeOther($"/c/{id}") : await Show(id, context, user.Id, grains, error);
}
