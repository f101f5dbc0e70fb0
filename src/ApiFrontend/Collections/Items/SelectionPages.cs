using System.Collections.Immutable;
using Microsoft.AspNetCore.Http.Features;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The JSON response to a script after a bulk action; a plain form is redirected to a page with the same notice.</summary>
/// <param name="Undo">The undo ticket, to be sent to <see cref="UndoPages"/> as <c>what</c>.</param>
public sealed record SelectionAnswer(int Count, string Undo, CollectionId? Target, string? TargetName);

/// <summary>
/// Bulk actions on the selected items of a collection's page, sent as a plain form or by a script. Scripts that accept JSON get
/// JSON, for errors too.
/// </summary>
internal static class SelectionPages
{
    /// <summary>Room for the ids of a whole collection, which a download accepts.</summary>
    private const int MaxFormBytes = 1024 * 1024;

    private const string Done = "selection";

    public static void MapSelectionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/c/{id}/items/selected", Do).TakesUpload(MaxFormBytes, keptInTemp: true);
        routes.MapGet("/c/{id}/pick", Pick);
        routes.MapPost("/c/{id}/copy", CopyAll);
    }

    /// <summary>The notice about a bulk action, if the query contains a ticket for one.</summary>
    public static async Task<Notice?> NoticeOf(HttpContext context, UserId user, IGrainFactory grains)
    {
        if (context.Request.Query["done"] != Done || Notices.TicketOf(context) is not var (text, ticket) || ticket is not SelectionUndo selection)
            return null;
        var name = selection.Target == default ? null : await NameOf(selection.Target, user, grains);
        return new(Sentence(selection.Action, selection.Items.Length, name), text);
    }

    /// <summary>Redirects to a page with a notice about the bulk action; a generic one when the ticket is too long for the URL.</summary>
    public static IResult Said(this HttpContext context, CurrentUser user, CollectionId page, SelectionUndo? ticket, string otherwise) =>
        PageViews.SeeOther(context.Undoable(user, ticket) is { } undo ? $"/c/{page}?done={Done}&undo={undo}" : Notices.With($"/c/{page}", otherwise));

    private static async Task<IResult> Do(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, ZipDownload zip)
    {
        context.Features.Set<IFormFeature>(new FormFeature(
            context.Request, new FormOptions { ValueCountLimit = 10_100, ValueLengthLimit = MaxFormBytes, BufferBodyLengthLimit = MaxFormBytes, MultipartBodyLengthLimit = MaxFormBytes }));
        var form = await context.ReadForm();
        var action = form["do"];
        var most = action == "download" ? CollectionSize : BulkItemActions.MaxIds;
        if (!TryReadIds(form, most, out var gifs))
            return await Refuse(id, context, user, grains, Error.Invalid("gif", $"Choose from 1 to {most:N0} GIFs."));
        var selection = new BulkItemActions(grains, user.Id, id);
        switch (action)
        {
            case "download":
                return await zip.Answer((after, limit) => grains.Collection(id).ReadDownload(user.Id, null, gifs, after, limit), context, gifs.Length, context.Refused);
            case "remove":
                return await Tell(id, context, user, grains, await selection.Remove(gifs));
            case "move" or "copy":
                if (TargetOf(form, out var target) is { } wrong)
                    return await PickPage(id, context, user, grains, action, gifs, form, wrong);
                if (target is null)
                    return await PickPage(id, context, user, grains, action, gifs, form, null);
                var sent = action == "copy" ? await selection.Copy(gifs, target) : await selection.Move(gifs, target);
                return sent.Error is { Code: ErrorCode.InvalidRequest or ErrorCode.CollectionFull } refused && !context.WantsJson()
                    ? await PickPage(id, context, user, grains, action, gifs, form, refused)
                    : await Tell(id, context, user, grains, sent);
            default:
                return await Refuse(id, context, user, grains, Error.Invalid("do", "Choose what to do with the GIFs."));
        }
    }

    private const int CollectionSize = 10_000;

    /// <summary>The target picker without ids, for a script's dialog: the script sends the ids itself.</summary>
    private static Task<IResult> Pick(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains) =>
        PickPage(id, context, user, grains, context.Request.Query["do"] is ["move"] ? "move" : context.Request.Query["do"] is ["all"] ? "all" : "copy", [], TypedForm.Empty, null);

    private static async Task<IResult> PickPage(
        CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, string action, ImmutableArray<GifId> gifs, TypedForm typed, Error? error)
    {
        if (!(await grains.Collection(id).Get(user.Id)).Succeeded(out var source, out var hidden))
            return context.ErrorPage(hidden);
        string? query = HttpMethods.IsGet(context.Request.Method) ? context.Request.Query["q"] : typed["q"];
        if (!(await grains.FindMine(user, query)).Succeeded(out var mine, out var wrong))
            return context.ErrorPage(wrong);
        return context.Page<PickPage>(
            new()
            {
                ["Source"] = source,
                ["Mine"] = mine,
                ["Query"] = query?.Trim() ?? "",
                ["Action"] = action,
                ["Gifs"] = gifs,
                ["Typed"] = typed,
                ["Error"] = error,
            },
            error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));
    }

    private static async Task<IResult> Tell(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, Result<SelectionUndo> result)
    {
        if (!result.Succeeded(out var ticket, out var error))
            return await Refuse(id, context, user, grains, error);
        if (!context.WantsJson())
            return context.Said(user, id, ticket, "done");
        var (undo, hasTarget) = (context.RequestServices.GetRequiredService<UndoSeals>().Close(ticket, user.Id), ticket.Target != default);
        return TypedResults.Json(
            new SelectionAnswer(ticket.Items.Length, undo, hasTarget ? ticket.Target : null, hasTarget ? await NameOf(ticket.Target, user.Id, grains) : null),
            PageJson.Default.SelectionAnswer);
    }

    /// <summary>Copies the whole collection into one of the caller's.</summary>
    private static async Task<IResult> CopyAll(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var wrong = TargetOf(form, out var target);
        if (wrong is not null || target is null)
            return await PickPage(id, context, user, grains, "all", [], form, wrong ?? Error.Invalid("target", "Choose a collection, or name a new one."));
        return (await BulkItemActions.Take(grains, user.Id, new(id), target)).Succeeded(out var copy, out var error) ? context.SayTaken(user, copy, "copied")
            : error.Code == ErrorCode.NotFound ? context.ErrorPage(error)
            : await PickPage(id, context, user, grains, "all", [], form, error);
    }

    /// <summary>Redirects with a notice. The undo deletes a new collection, and removes the added items from an existing one.</summary>
    public static IResult SayTaken(this HttpContext context, CurrentUser user, TakenItems taken, string done) =>
        taken.IsNew ? context.SayMade(user, taken.Into, done)
        : context.Said(user, taken.Into, taken.Arrived.Length == 0 ? null : new(SelectionAction.Added, taken.Into, taken.Arrived, default, [], false), done);

    /// <summary>Redirects to a collection copied from another user's, with a notice.</summary>
    public static IResult SayMade(this HttpContext context, CurrentUser user, CollectionId made, string done) =>
        PageViews.SeeOther(Notices.With($"/c/{made}", done, undo: context.Undoable(user, new CollectionUndo(CollectionAction.Copied, made))));

    private static async Task<IResult> Refuse(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, Error error) =>
        context.WantsJson() ? error.ToProblem(context) : error.Code == ErrorCode.Forbidden ? context.NotYours(error) : await CollectionPages.Show(id, context, user.Id, grains, error);

    private static bool TryReadIds(TypedForm form, int limit, out ImmutableArray<GifId> gifs)
    {
        var texts = form.All("gif").SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct().ToArray();
        gifs = [.. texts.Select(text => GifId.TryParse(text, out var gif) ? gif : default)];
        return gifs.Length > 0 && gifs.Length <= limit && !gifs.Contains(default);
    }

    /// <summary>Reads the target. Neither an error nor a target: the picker is shown.</summary>
    private static Error? TargetOf(TypedForm form, out SelectionTarget? target)
    {
        target = null;
        var name = form["name"]?.Trim();
        if (form["target"] is not { } chosen)
        {
            if (name is { Length: > 0 })
                target = new(null, name);
            return null;
        }

        if (chosen != "new")
        {
            target = CollectionId.TryParse(chosen, out var collection) && collection != default ? new(collection, null) : null;
            return target is null ? Error.Invalid("target", "Choose a collection, or name a new one.") : null;
        }

        if (name is not { Length: > 0 })
            return Error.Invalid("name", "Give the new collection a name.");
        target = new(null, name);
        return null;
    }

    private static async Task<string?> NameOf(CollectionId id, UserId user, IGrainFactory grains) =>
        (await grains.Collection(id).Get(user)).Value?.Name;

    private static string Sentence(SelectionAction action, int count, string? target) => (action, target) switch
    {
        (SelectionAction.Added, _) => $"{PageText.Count(count, "GIF")} added.",
        (SelectionAction.Removed, _) => $"{PageText.Count(count, "GIF")} removed.",
        (SelectionAction.Moved, { } name) => $"{PageText.Count(count, "GIF")} moved to “{name}”.",
        (SelectionAction.Copied, { } name) => $"{PageText.Count(count, "GIF")} copied to “{name}”.",
        (SelectionAction.Moved, null) => $"{PageText.Count(count, "GIF")} moved.",
        _ => $"{PageText.Count(count, "GIF")} copied.",
    };
}
