using System.Collections.Immutable;
using System.Globalization;
using GifShare.Collections;
using GifShare.Gifs;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The edit page of one item. The texts of a gif belong to the gif's owner, who may be another user.</summary>
internal static class ItemPages
{
    public static void MapItemPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/c/{id}/items/{gif}", static (CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains) =>
            Show(id, gif, context, user, grains, null, null));
        routes.MapPost("/c/{id}/items/{gif}", Save);
        routes.MapPost("/c/{id}/items/{gif}/place", Place);
        routes.MapPost("/c/{id}/items/{gif}/cover", Cover);
        routes.MapPost("/c/{id}/items/{gif}/remove", Remove);
    }

    private static async Task<IResult> Show(
        CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains, TypedForm? typed, Error? error)
    {
        var grain = grains.Collection(id);
        if ((await grain.CanEdit(user.Id)).Error is { } refused)
            return context.NotYours(refused);
        if (!(await grain.GetItem(user.Id, gif)).Succeeded(out var item, out var gone))
            return context.NotYours(gone);
        return context.Page<ItemPage>(
            new() { ["Item"] = item, ["OwnsGif"] = item.Item.Gif.Shown?.Owner.Id == user.Id, ["Typed"] = typed, ["Error"] = error },
            error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));
    }

    private static async Task<IResult> Save(CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var grain = grains.Collection(id);
        if ((await grain.CanEdit(user.Id)).Error is { } refused)
            return context.NotYours(refused);
        if (!(await grain.GetItem(user.Id, gif)).Succeeded(out var item, out var gone))
            return context.NotYours(gone);
        var shown = item.Item.Gif;
        if (shown.Shown?.Owner.Id == user.Id)
        {
            var tags = (form["tags"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToImmutableArray();
            var patch = new GifPatch(new(true, form["title"]), new(true, form["altText"]), new(true, tags), form["rating"] ?? "g");
            if (!(await grains.Gif(gif).Update(user.Id, patch)).Succeeded(out var changed, out var wrong))
                return await Show(id, gif, context, user, grains, form, wrong);
            shown = changed;
        }

        return (await grain.UpdateItem(user.Id, gif, new(Note: new(true, form["note"])), null)).Succeeded(out var saved, out var error)
            ? Saved(id, gif, context, user, item, item with { Item = item.Item with { Gif = shown, Note = saved.Value.Note } })
            : await Show(id, gif, context, user, grains, form, error);
    }

    private static async Task<IResult> Place(CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        if (!int.TryParse(form["place"], NumberStyles.None, CultureInfo.InvariantCulture, out var place) || place < 1)
            return await Show(id, gif, context, user, grains, form, Error.Invalid("place", "A number from 1 on is expected."));
        var grain = grains.Collection(id);
        return (await grain.GetItem(user.Id, gif)).Succeeded(out var item, out var error) && (error = (await grain.PlaceItem(user.Id, gif, place)).Error) is null
            ? Saved(id, gif, context, user, item, item with { Place = Math.Min(place, item.Collection.ItemCount) })
            : context.NotYours(error);
    }

    private static async Task<IResult> Cover(CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        var grain = grains.Collection(id);
        return (await grain.GetItem(user.Id, gif)).Succeeded(out var item, out var error)
            && (await grain.Update(user.Id, new CollectionPatch(CoverGifId: new(true, gif)), null)).Succeeded(out _, out error)
            ? Saved(id, gif, context, user, item, item with { Cover = gif }, "cover-saved")
            : context.NotYours(error);
    }

    private static IResult Saved(CollectionId id, GifId gif, HttpContext context, CurrentUser user, PlacedItem before, PlacedItem after, string code = "saved")
    {
        var undo = EditUndo.Between(EditedThing.Item, id, gif.Value, FieldUndo.Of(before), FieldUndo.Of(after));
        return PageViews.SeeOther(Notices.With($"/c/{id}", code, undo: context.Undoable(user, undo)));
    }

    private static async Task<IResult> Remove(CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        var removed = await grains.Collection(id).RemoveItem(user.Id, gif, null);
        // Idempotent for an item that is already gone, but only if the collection is the caller's.
        return removed.Error switch
        {
            null => PageViews.SeeOther(Notices.With($"/c/{id}", "item-removed", undo: context.Undoable(user, new SelectionUndo(SelectionAction.Removed, id, [gif], default, [], false)))),
            { Code: ErrorCode.NotFound } => PageViews.SeeOther($"/c/{id}"),
            var error => context.NotYours(error),
        };
    }
}
