using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The page of one collection and the actions open to every viewer.</summary>
internal static class CollectionPages
{
    private const int ItemsPerPage = 50;

    /// <summary>Larger than the first page, since a script fetches further pages in the background.</summary>
    private const int ItemsPerFurtherPage = 100;

    public static int PageSize(string? cursor) => string.IsNullOrEmpty(cursor) ? ItemsPerPage : ItemsPerFurtherPage;

    /// <summary>Pages open to guests; a collection that the viewer may not see is a 404.</summary>
    public static void MapOpenCollectionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/c/{id}", static (CollectionId id, HttpContext context, Viewer viewer, IGrainFactory grains) => Show(id, context, viewer.Id, grains, null));
        routes.MapGet("/c/{id}/download", Download);
    }

    /// <summary>Maps forbidden to 404 on owner-only pages, so that their existence is not revealed.</summary>
    public static IResult NotYours(this HttpContext context, Error error) => context.ErrorPage(error.Code == ErrorCode.Forbidden ? Error.NotFound : error);

    public static void MapCollectionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapCollectionListPages();
        routes.MapAddPages();
        routes.MapItemPages();
        routes.MapSelectionPages();
        routes.MapPost("/c/{id}/like", Like);
    }

    public static async Task<IResult> Show(CollectionId id, HttpContext context, UserId? viewer, IGrainFactory grains, Error? failed)
    {
        var grain = grains.Collection(id);
        var query = context.Request.Query;
        var counts = failed is null && query.Count == 0 && context.CountsAsView();
        var sort = failed is null ? context.QueryChoice<ItemSort>("sort") : ItemSort.Manual;
        if (!(await grain.Get(viewer, counts)).Succeeded(out var collection, out var error)
            || !(await Items(grain, viewer, sort, context)).Succeeded(out var items, out error))
            return context.ErrorPage(error);

        var isOwner = viewer is not null && collection.Owner.Id == viewer;
        var isLiked = viewer is { } reader && !isOwner && await grains.CollectionLists().IsLiked(reader, id);
        var view = context.NewView();
        if (isOwner && await SelectionPages.NoticeOf(context, viewer!.Value, grains) is { } notice)
            view = view with { Notice = notice };
        return context.Page<CollectionPage>(
            new()
            {
                ["View"] = view,
                ["Collection"] = collection,
                ["Items"] = items.Items,
                ["Next"] = items.Next,
                ["Sort"] = sort,
                ["IsOwner"] = isOwner,
                ["IsLiked"] = isLiked,
                ["Favorites"] = await grains.Hearts(viewer, items.Items),
                ["Error"] = failed,
            },
            failed is null ? StatusCodes.Status200OK : Problems.StatusOf(failed.Code));
    }

    /// <summary>A page of items, or with <c>?only=</c> the given items that a script has just added.</summary>
    private static async Task<Result<PageOf<CollectionItem>>> Items(ICollectionGrain grain, UserId? viewer, ItemSort sort, HttpContext context)
    {
        if (context.Request.Query["only"] is [{ } only])
        {
            var wanted = only.Split(',').Take(ItemsPerPage).Select(text => GifId.TryParse(text, out var gif) ? gif : default);
            return (await grain.SnapshotOf(viewer, [.. wanted])).Succeeded(out var some, out var hidden) ? new PageOf<CollectionItem>(some.Items, null) : hidden;
        }

        string? cursor = context.Request.Query["cursor"];
        return (await grain.ReadItems(viewer, sort, cursor, PageSize(cursor), null)).Succeeded(out var items, out var error)
            ? items.Read(GifShareJson.Default.PageOfCollectionItem)
            : error;
    }

    // A page route, because the API accepts the cookie only with the antiforgery header, which a plain link cannot send.
    private static Task<IResult> Download(CollectionId id, HttpContext context, Viewer viewer, IGrainFactory grains, ZipDownload zip) =>
        zip.Answer((after, limit) => grains.Collection(id).ReadDownload(viewer.Id, null, null, after, limit), context, null, context.ErrorPage);

    private static async Task<IResult> Like(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var liked = await grains.Collection(id).SetLike(user.Id, null, form["liked"] == "1");
        return liked.Error is { } error ? context.ErrorPage(error) : PageViews.SeeOther(PageViews.LocalPath(form["return"]) ?? $"/c/{id}");
    }
}
