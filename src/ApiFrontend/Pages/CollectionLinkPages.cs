using System.Globalization;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Pages;

/// <summary>Who may see a collection: its visibility and its share links.</summary>
internal static class CollectionLinkPages
{
    public static void MapCollectionLinkPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/c/{id}/links", CreateLink);
        routes.MapPost("/c/{id}/links/{link}/revoke", Revoke);
        routes.MapPost("/c/{id}/visibility", SetVisibility);
    }

    private static async Task<IResult> CreateLink(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        long? maxViews = null;
        if (form["maxViews"] is { } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return await CollectionPages.Show(id, context, user.Id, grains, Error.Invalid("maxViews", "A number is expected."));
            maxViews = number;
        }

        var grain = grains.Collection(id);
        var link = await grain.CreateLink(user.Id, new NewLink(Password: form["password"], MaxViews: maxViews), null);
        if (link.Error is { Code: ErrorCode.CollectionPrivate })
        {
            // The form says that a link opens a private collection to whoever has it.
            var opened = await grain.Update(user.Id, new CollectionPatch(Visibility: "shared"), null);
            link = opened.Error is { } refused ? refused : await grain.CreateLink(user.Id, new NewLink(Password: form["password"], MaxViews: maxViews), null);
        }

        return await CollectionPages.Back(id, context, user, grains, link.Error);
    }

    private static async Task<IResult> Revoke(CollectionId id, LinkId link, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        return await CollectionPages.Back(id, context, user, grains, (await grains.Collection(id).DeleteLink(user.Id, link)).Error);
    }

    private static async Task<IResult> SetVisibility(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var updated = await grains.Collection(id).Update(user.Id, new CollectionPatch(Visibility: form["visibility"] ?? ""), null);
        return await CollectionPages.Back(id, context, user, grains, updated.Error);
    }
}
