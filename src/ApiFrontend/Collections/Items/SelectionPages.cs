using System.Collections.Immutable;
using Microsoft.AspNetCore.Http.Features;

namespace GifShare.ApiFrontend.Collections;

/// <summary>What a script is told after something was done to chosen items; a plain form is led to a page that says the same.</summary>
/// <param name="Undo">To be sent to <see cref="UndoPages"/> as <c>what</c>.</param>
public sealed record SelectionAnswer(int Count, string Undo, CollectionId? Target, string? TargetName);

/// <summary>
/// Several items at once: the checkboxes of a collection's page, sent as a plain form or by its script. A script that accepts JSON gets
/// JSON, also of what went wrong.
/// </summary>
internal static class SelectionPages
{
    /// <summary>Room for the ids of a whole collection: a download takes as many.</summary>
    private const int MaxFormBytes = 1024 * 1024;

    private const string Done = "selection";

    public static void MapSelectionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/c/{id}/items/selected", Do).TakesUpload(MaxFormBytes, keptInTemp: true);
        routes.MapGet("/c/{id}/pick", Pick);
        routes.MapPost("/c/{id}/copy", CopyAll);
    }

    /// <summary>What was done to a selection, where the address says it.</summary>
    public static async Task<Notice?> NoticeOf(HttpContext context, UserId user, IGrainFactory grains)
    {
        if (context.Request.Query["done"] != Done || Notices.TicketOf(context) is not var (text, ticket) || ticket is not SelectionUndo deed)
            return null;
        var name = deed.Target == default ? null : await NameOf(deed.Target, user, grains);
        return new(Sentence(deed.Deed, deed.Items.Length, name), text);
    }

    /// <summary>Where a page says by a ticket what was done to several items; where it is too long for that, it says only that something was.</summary>
    public static IResult Said(this HttpContext context, CurrentUser user, CollectionId page, SelectionUndo? ticket, string otherwise) =>
        PageViews.SeeOther(context.Undoable(user, ticket) is { } undo ? $"/c/{page}?done={Done}&undo={undo}" : Notices.With($"/c/{page}", otherwise));

    private static async Task<IResult> Do(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, ZipDownload zip)
    {
        context.Features.Set<IFormFeature>(new FormFeature(
            context.Request, new FormOptions { ValueCountLimit = 10_100, ValueLengthLimit = MaxFormBytes, BufferBodyLengthLimit = MaxFormBytes, MultipartBodyLengthLimit = MaxFormBytes }));
        var form = await context.ReadForm();
        var deed = form["do"];
        var most = deed == "download" ? CollectionSize : BulkItemActions.MaxIds;
        if (!TryReadIds(form, most, out var gifs))
            return await Refuse(id, context, user, grains, Error.Invalid("gif", $"Choose from 1 to {most:N0} GIFs."));
        var selection = new BulkItemActions(grains, user.Id, id);
        switch (deed)
        {
            case "download":
                return await zip.Answer((after, limit) => grains.Collection(id).ReadDownload(user.Id, null, gifs, after, limit), context, gifs.Length, context.Refused);
            case "remove":
                return await Tell(id, context, user, grains, await selection.Remove(gifs));
            case "move" or "copy":
                if (TargetOf(form, out var target) is { } wrong)
                    return await PickPage(id, context, user, grains, deed, gifs, form, wrong);
                if (target is null)
                    return await PickPage(id, context, user, grains, deed, gifs, form, null);
                var sent = deed == "copy" ? await selection.Copy(gifs, target) : await selection.Move(gifs, target);
                return sent.Error is { Code: ErrorCode.InvalidRequest or ErrorCode.CollectionFull } refused && !context.WantsJson()
                    ? await PickPage(id, context, user, grains, deed, gifs, form, refused)
                    : await Tell(id, context, user, grains, sent);
            default:
                return await Refuse(id, context, user, grains, Error.Invalid("do", "Choose what to do with the GIFs."));
        }
    }

    private const int CollectionSize = 10_000;

    /// <summary>The page of the choice alone, for a script's dialog: it sends the ids itself.</summary>
    private static Task<IResult> Pick(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains) =>
        PickPage(id, context, user, grains, context.Request.Query["do"] is ["move"] ? "move" : context.Request.Query["do"] is ["all"] ? "all" : "copy", [], TypedForm.Empty, null);

    private static async Task<IResult> PickPage(
        CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, string deed, ImmutableArray<GifId> gifs, TypedForm typed, Error? error)
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
                ["Deed"] = deed,
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

    /// <summary>The whole collection into one of mine.</summary>
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

    /// <summary>A new collection is undone by deleting it, others by what came into them.</summary>
    public static IResult SayTaken(this HttpContext context, CurrentUser user, TakenItems taken, string done) =>
        taken.IsNew ? context.SayMade(user, taken.Into, done)
        : context.Said(user, taken.Into, taken.Arrived.Length == 0 ? null : new(SelectionDeed.Added, taken.Into, taken.Arrived, default, [], false), done);

    /// <summary>A collection was made of what somebody else shows.</summary>
    public static IResult SayMade(this HttpContext context, CurrentUser user, CollectionId made, string done) =>
        PageViews.SeeOther(Notices.With($"/c/{made}", done, undo: context.Undoable(user, new CollectionUndo(CollectionDeed.Copied, made))));

    private static async Task<IResult> Refuse(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, Error error) =>
        context.WantsJson() ? error.ToProblem(context) : error.Code == ErrorCode.Forbidden ? context.NotYours(error) : await CollectionPages.Show(id, context, user.Id, grains, error);

    private static bool TryReadIds(TypedForm form, int limit, out ImmutableArray<GifId> gifs)
    {
        var texts = form.All("gif").SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct().ToArray();
        gifs = [.. texts.Select(text => GifId.TryParse(text, out var gif) ? gif : default)];
        return gifs.Length > 0 && gifs.Length <= limit && !gifs.Contains(default);
    }

    /// <summary>A choice without a target is not wrong: it leads to the page that asks for one.</summary>
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

    private static string Sentence(SelectionDeed deed, int count, string? target) => (deed, target) switch
    {
        (SelectionDeed.Added, _) => $"{PageText.Count(count, "GIF")} added.",
        (SelectionDeed.Removed, _) => $"{PageText.Count(count, "GIF")} removed.",
        (SelectionDeed.Moved, { } name) => $"{PageText.Count(count, "GIF")} moved to “{name}”.",
        (SelectionDeed.Copied, { } name) => $"{PageText.Count(count, "GIF")} copied to “{name}”.",
        (SelectionDeed.Moved, null) => $"{PageText.Count(count, "GIF")} moved.",
        _ => $"{PageText.Count(count, "GIF")} copied.",
    };
}
