using System.Security.Cryptography;
using GifShare.Collections;
using GifShare.Gifs;

namespace GifShare.ApiFrontend.Collections;

/// <summary>A visitor's actions on a shared page.</summary>
internal static class ShareActions
{
    /// <summary>Open to everybody with the link.</summary>
    public static void MapShareDownload(this IEndpointRouteBuilder routes) => routes.MapGet("/s/{token}/download", Download);

    /// <summary>Requires sign-in; guests are redirected to the log-in page and back.</summary>
    public static void MapShareActions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/s/{token}/like", Like);
        routes.MapPost("/s/{token}/favorite/{gif}", Favorite);
        routes.MapGet("/s/{token}/save", static (string token, HttpContext context, CurrentUser user, IGrainFactory grains, LinkDirectory links) =>
            Choose(token, context, user, grains, links, TypedForm.Empty, null));
        routes.MapPost("/s/{token}/save", Save);
    }

    private static async Task<IResult> Download(string token, HttpContext context, Viewer viewer, IGrainFactory grains, LinkDirectory links, ZipDownload zip)
    {
        context.Hide();
        if (await links.Find(token) is not { Collection: var grain })
            return context.Gone();
        var visit = context.DoingOf(token, viewer.Id);
        return await zip.Answer((after, limit) => grain.ReadDownload(viewer.Id, visit, null, after, limit), context, null, error => ClosedOrRefused(token, context, error));
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
        if (!(await grain.GetShared(context.DoingOf(token, user.Id))).Succeeded(out var source, out var error))
            return ClosedOrRefused(token, context, error);
        if (!source.AllowCopies && source.Owner.Id != user.Id)
            return context.ErrorPage(Error.CopiesOff);
        var query = context.Request.Query["q"].ToString();
        if (!(await grains.FindMine(user, query)).Succeeded(out var mine, out error))
            return context.ErrorPage(error);
        return context.Page<SavePage>(
            new()
            {
                ["Action"] = $"/s/{token}/save",
                ["Source"] = source,
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
        if ((await grain.GetShared(context.DoingOf(token, user.Id))).Error is { } closed)
            return ClosedOrRefused(token, context, closed);
        var order = new CopyOrder(grain.GetId(), context.DoingOf(token, user.Id));
        var isNew = form["collection"] is null or "new";
        if (!isNew && !Guid.TryParseExact(form["collection"], "D", out _))
            return await Choose(token, context, user, grains, links, form, Error.Invalid("collection", "Choose one of your collections."));
        // The new collection's id comes from the form, so that a form sent twice creates one collection.
        var target = Guid.TryParseExact(isNew ? form["newId"] : form["collection"], "D", out var id) && id != default
            ? isNew ? OwnId(user.Id, id) : new(id)
            : CollectionId.New();
        if (!isNew)
            return (await BulkItemActions.Take(grains, user.Id, order, new(target, null))).Succeeded(out var taken, out var error)
                ? context.SayTaken(user, taken, "saved-copy")
                : await Choose(token, context, user, grains, links, form, error);
        var copied = await grains.Collection(target).CopyFrom(user.Id, order, form["name"], isNew: true, null);
        if (copied.Error is { Code: ErrorCode.Conflict })
            copied = await grains.Collection(target).CopyFrom(user.Id, order, null, isNew: false, null);
        return copied.Error is { } refused
            ? await Choose(token, context, user, grains, links, form, refused)
            : context.SayMade(user, target, "saved-copy");
    }

    /// <summary>Hashes the form's id with the user's, so that a client can neither probe for existing ids nor take one of a deleted collection.</summary>
    private static CollectionId OwnId(UserId user, Guid typed) => new(new Guid(SHA256.HashData([.. user.Value.ToByteArray(), .. typed.ToByteArray()]).AsSpan(0, 16)));

    // The page itself asks for a password.
    private static IResult ClosedOrRefused(string token, HttpContext context, Error error) =>
        error.Code == ErrorCode.LinkPasswordRequired ? PageViews.SeeOther($"/s/{token}") : context.Refused(error);
}
