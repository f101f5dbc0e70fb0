using GifShare.ApiFrontend.Collections;
using GifShare.ApiFrontend.Pages.Views;
using GifShare.Gifs;
using GifShare.ObjectStore;

namespace GifShare.ApiFrontend.Pages;

/// <summary>What a visitor does on a shared page.</summary>
internal static class ShareActions
{
    /// <summary>Everybody with the link.</summary>
    public static void MapShareDownload(this IEndpointRouteBuilder routes) => routes.MapGet("/s/{token}/download", Download);

    /// <summary>Only who is signed in; others are led to the log-in page and back.</summary>
    public static void MapShareActions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/s/{token}/like", Like);
        routes.MapPost("/s/{token}/favorite/{gif}", Favorite);
        routes.MapGet("/s/{token}/save", static (string token, HttpContext context, CurrentUser user, IGrainFactory grains, LinkDirectory links) =>
            Choose(token, context, user, grains, links, TypedForm.Empty, null));
        routes.MapPost("/s/{token}/save", Save);
    }

    private static async Task<IResult> Download(string token, HttpContext context, Viewer viewer, IGrainFactory grains, LinkDirectory links, IObjectStore store)
    {
        context.Hide();
        if (await links.Find(token) is not { Collection: var grain })
            return context.Gone();
        var source = await grain.Snapshot(viewer.Id, context.DoingOf(token, viewer.Id));
        return source.Error is { } error ? ClosedOrRefused(token, context, error) : ZipDownload.Of(source, context, store);
    }

    private static async Task<IResult> Like(string token, HttpContext context, CurrentUser user, IGrainFactory grains, LinkDirectory links)
    {
        var form = await context.ReadForm();
        if (await links.Find(token) is not { Collection: var grain })
            return context.Gone();
        var liked = await grain.SetLike(user.Id, context.DoingOf(token, user.Id), form["on"] == "1");
        return liked.Error is { } error ? ClosedOrRefused(token, context, error) : PageViews.SeeOther($"/s/{token}");
    }

    private static Task<IResult> Favorite(string token, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var visit = context.DoingOf(token, user.Id);
        return FavoritePages.Set(gif, new ViaLink(token, visit.Unlock, visit.Pass), $"/s/{Uri.EscapeDataString(token)}", context, user, grains);
    }

    private static async Task<IResult> Choose(
        string token, HttpContext context, CurrentUser user, IGrainFactory grains, LinkDirectory links, TypedForm typed, Error? failed)
    {
        context.Hide();
        if (await links.Find(token) is not { Collection: var grain })
            return context.Gone();
        if (!(await grain.Snapshot(user.Id, context.DoingOf(token, user.Id))).Succeeded(out var source, out var error))
            return ClosedOrRefused(token, context, error);
        var query = context.Request.Query["q"].ToString();
        if (!(await grains.FindMine(user, query)).Succeeded(out var mine, out error))
            return context.ErrorPage(error);
        return context.Page<SavePage>(
            new()
            {
                ["Action"] = $"/s/{token}/save",
                ["Source"] = source.Collection,
                ["Mine"] = mine,
                ["Query"] = query.Trim(),
                ["Typed"] = typed,
                ["Error"] = failed,
            },
            failed is null ? StatusCodes.Status200OK : Problems.StatusOf(failed.Code));
    }

    private static async Task<IResult> Save(string token, HttpContext context, CurrentUser user, IGrainFactory grains, LinkDirectory links)
    {
        var form = await context.ReadForm();
        if (await links.Find(token) is not { Collection: var grain })
            return context.Gone();
        if (!(await grain.Snapshot(user.Id, context.DoingOf(token, user.Id))).Succeeded(out var source, out var error))
            return ClosedOrRefused(token, context, error);
        var isNew = form["collection"] is null or "new";
        if (!isNew && !Guid.TryParseExact(form["collection"], "D", out _))
            return await Choose(token, context, user, grains, links, form, Error.Invalid("collection", "Choose one of your collections."));
        // The form names the new collection's id: a form that is sent twice makes one collection.
        var target = new CollectionId(Guid.TryParseExact(isNew ? form["newId"] : form["collection"], "D", out var id) && id != default ? id : Guid.CreateVersion7());
        if (!isNew)
            return (await Selection.Take(grains, user.Id, source, new(target, null))).Succeeded(out var taken, out error)
                ? context.SayTaken(user, taken, "saved-copy")
                : await Choose(token, context, user, grains, links, form, error);
        var copied = await grains.Collection(target).CopyFrom(user.Id, source, form["name"] ?? source.Collection.Name, isNew: true, null);
        if (copied.Error is { Code: ErrorCode.Conflict })
            copied = await grains.Collection(target).CopyFrom(user.Id, source, null, isNew: false, null);
        return copied.Error is { } refused
            ? await Choose(token, context, user, grains, links, form, refused)
            : PageViews.SeeOther(Notices.With($"/c/{target}", "saved-copy", target));
    }

    // A password or a view that has to come first is asked for on the page itself.
    private static IResult ClosedOrRefused(string token, HttpContext context, Error error) =>
        error.Code == ErrorCode.LinkPasswordRequired ? PageViews.SeeOther($"/s/{token}") : context.Refused(error);
}
