namespace GifShare.ApiFrontend.Pages;

/// <summary>One item of a collection.</summary>
internal static class ItemPages
{
    public static void MapItemPages(this IEndpointRouteBuilder routes) => routes.MapPost("/c/{id}/items/{gif}/remove", Remove);

    private static async Task<IResult> Remove(CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        return await CollectionPages.Back(id, context, user, grains, (await grains.Collection(id).RemoveItem(user.Id, gif, null)).Error);
    }
}
