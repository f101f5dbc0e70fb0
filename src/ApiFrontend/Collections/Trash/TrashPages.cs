namespace GifShare.ApiFrontend.Collections;

/// <summary>The trash: deleted collections, removed items and deleted GIFs, which can be restored.</summary>
internal static class TrashPages
{
    /// <summary>Entries of each kind on the overview page.</summary>
    private const int Glance = 6;

    public static void MapTrashPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/trash", List);
        routes.MapPost("/trash/collections/{id}", static (CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains) =>
            Back(context, "collection-restored", async () => (await grains.Collection(id).Restore(user.Id, null)).Error));
        routes.MapPost("/trash/items/{id}/{gif}", static (CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains) =>
            Back(context, "item-restored", async () => (await grains.Collection(id).RestoreItem(user.Id, gif, null)).Error));
        routes.MapPost("/trash/gifs/{id}", static (GifId id, HttpContext context, CurrentUser user, IGrainFactory grains) =>
            Back(context, "gif-restored", async () => (await grains.Gif(id).Restore(user.Id, null)).Error));
    }

    private static async Task<IResult> List(HttpContext context, CurrentUser user, IGrainFactory grains, TimeProvider time)
    {
        var type = context.Request.Query["type"].ToString();
        if (type is not ("" or "collection" or "item" or "gif"))
            return context.ErrorPage(Error.Invalid("type", "One of these is expected: collection, item, gif."));
        var lists = grains.CollectionLists();
        var limit = type.Length == 0 ? Glance : CollectionListPages.PerPage;
        var cursor = type.Length == 0 ? null : (string?)context.Request.Query["cursor"];
        var collections = await Part("collection", () => lists.TrashedCollections(user.Id, cursor, limit));
        var items = await Part("item", () => lists.TrashedItems(user.Id, cursor, limit));
        var gifs = await Part("gif", () => lists.TrashedGifs(user.Id, cursor, limit));
        return (collections?.Error ?? items?.Error ?? gifs?.Error) is { } error
            ? context.ErrorPage(error)
            : context.Page<TrashPage>(new()
            {
                ["Type"] = type,
                ["Collections"] = collections?.Value,
                ["Items"] = items?.Value,
                ["Gifs"] = gifs?.Value,
                ["Now"] = time.GetUtcNow(),
            });

        async Task<Result<PageOf<T>>?> Part<T>(string kind, Func<Task<Result<PageOf<T>>>> read) => type.Length == 0 || type == kind ? await read() : null;
    }

    private static async Task<IResult> Back(HttpContext context, string done, Func<Task<Error?>> restore)
    {
        await context.ReadForm();
        return await restore() is { } error
            ? context.ErrorPage(error.Code == ErrorCode.Forbidden ? Error.NotFound : error)
            : PageViews.SeeOther(Notices.With("/trash", done));
    }
}
