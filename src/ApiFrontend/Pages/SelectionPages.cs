using System.Collections.Immutable;
using GifShare.ApiFrontend.Collections;
using GifShare.ApiFrontend.Pages.Views;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;

namespace GifShare.ApiFrontend.Pages;

/// <summary>What a script is told after something was done to chosen items; a plain form is led to a page that says the same.</summary>
/// <param name="Undo">To be sent to <c>items/undo</c> as <c>what</c>.</param>
public sealed record SelectionAnswer(int Count, string Undo, CollectionId? Target, string? TargetName);

/// <summary>
/// Several items at once: the checkboxes of a collection's page, sent as a plain form or by its script. A script that accepts JSON gets
/// JSON, also of what went wrong.
/// </summary>
internal static class SelectionPages
{
    /// <summary>Room for the ids of a whole collection: a download takes as many.</summary>
    private const int MaxFormBytes = 1024 * 1024;

    public static void MapSelectionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/c/{id}/items/selected", Do).TakesUpload(MaxFormBytes);
        routes.MapGet("/c/{id}/pick", Pick);
        routes.MapPost("/c/{id}/items/undo", Undo);
        routes.MapPost("/c/{id}/copy", CopyAll);
    }

    /// <summary>What was done to a selection, where the address says it.</summary>
    public static async Task<Notice?> NoticeOf(HttpContext context, CollectionId id, UserId user, IGrainFactory grains)
    {
        var query = context.Request.Query;
        if (query["done"] != "selection" || query["of"] is not [{ } sealedTicket]
            || UndoTicket.Open(sealedTicket, context.RequestServices.GetRequiredService<IDataProtectionProvider>(), user, id) is not { } ticket)
            return null;
        var name = ticket.Target == default ? null : await NameOf(ticket.Target, user, grains);
        return new(Sentence(ticket.Deed, ticket.Items.Length, name), $"/c/{id}/items/undo?what={sealedTicket}", "Undo");
    }

    private static async Task<IResult> Do(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, IObjectStore store)
    {
        context.Features.Set<IFormFeature>(new FormFeature(
            context.Request, new FormOptions { ValueCountLimit = 10_100, ValueLengthLimit = MaxFormBytes, BufferBodyLengthLimit = MaxFormBytes, MultipartBodyLengthLimit = MaxFormBytes }));
        var form = await context.ReadForm();
        var deed = form["do"];
        var most = deed == "download" ? CollectionSize : Selection.MaxIds;
        if (!TryReadIds(form, most, out var gifs))
            return await Refuse(id, context, user, grains, Error.Invalid("gif", $"Choose from 1 to {most:N0} GIFs."));
        var selection = new Selection(grains, user.Id, id);
        switch (deed)
        {
            case "download":
                return ZipDownload.Of(await grains.Collection(id).SnapshotOf(user.Id, gifs), context, store);
            case "remove":
                return await Done(id, context, user, grains, await selection.Remove(gifs));
            case "move" or "copy":
                if (TargetOf(form, out var target) is { } wrong)
                    return await PickPage(id, context, user, grains, deed, gifs, form, wrong);
                if (target is null)
                    return await PickPage(id, context, user, grains, deed, gifs, form, null);
                var sent = await selection.Send(gifs, target, keep: deed == "copy");
                return sent.Error is { Code: ErrorCode.InvalidRequest or ErrorCode.CollectionFull } refused && !context.WantsJson()
                    ? await PickPage(id, context, user, grains, deed, gifs, form, refused)
                    : await Done(id, context, user, grains, sent);
            default:
                return await Refuse(id, context, user, grains, Error.Invalid("do", "Choose what to do with them."));
        }
    }

    private const int CollectionSize = 10_000;

    /// <summary>The page of the choice alone, for a script's dialog: it sends the ids itself.</summary>
    private static Task<IResult> Pick(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains) =>
        PickPage(id, context, user, grains, context.Request.Query["do"] is ["move"] ? "move" : context.Request.Query["do"] is ["all"] ? "all" : "copy", [], TypedForm.Empty, null);

    private static async Task<IResult> PickPage(
        CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, string deed, ImmutableArray<GifId> gifs, TypedForm typed, Error? error)
    {
        if (!(await grains.Collection(id).SnapshotOf(user.Id, [])).Succeeded(out var source, out var hidden))
            return context.ErrorPage(hidden);
        var mine = await grains.CollectionLists().Mine(user.Id, null, null, Paging.MaxLimit);
        return context.Page<PickPage>(
            new()
            {
                ["Source"] = source.Collection,
                ["Mine"] = mine.Value?.Items ?? [],
                ["Deed"] = deed,
                ["Gifs"] = gifs,
                ["Typed"] = typed,
                ["Error"] = error,
            },
            error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));
    }

    private static async Task<IResult> Done(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, Result<UndoTicket> result)
    {
        if (!result.Succeeded(out var ticket, out var error))
            return await Refuse(id, context, user, grains, error);
        var undo = ticket.Seal(context.RequestServices.GetRequiredService<IDataProtectionProvider>(), user.Id, id);
        if (!context.WantsJson())
            return PageViews.SeeOther($"/c/{id}?done=selection&of={undo}");
        var hasTarget = ticket.Target != default;
        return TypedResults.Json(
            new SelectionAnswer(ticket.Items.Length, undo, hasTarget ? ticket.Target : null, hasTarget ? await NameOf(ticket.Target, user.Id, grains) : null),
            PageJson.Default.SelectionAnswer);
    }

    private static async Task<IResult> Undo(CollectionId id, string? what, HttpContext context, CurrentUser user, IGrainFactory grains, IDataProtectionProvider protection)
    {
        var form = await context.ReadForm();
        if (UndoTicket.Open(what ?? form["what"], protection, user.Id, id) is not { } ticket)
            return await Refuse(id, context, user, grains, Error.Invalid("what", "This cannot be undone here."));
        if (await new Selection(grains, user.Id, id).Undo(ticket) is { } error)
            return await Refuse(id, context, user, grains, error);
        return context.WantsJson() ? TypedResults.NoContent() : PageViews.SeeOther(Notices.With($"/c/{id}", ticket.Deed == SelectionDeed.Copied ? "undone" : "restored"));
    }

    /// <summary>The whole collection into one of mine.</summary>
    private static async Task<IResult> CopyAll(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var wrong = TargetOf(form, out var target);
        if (wrong is not null || target is null)
            return await PickPage(id, context, user, grains, "all", [], form, wrong ?? Error.Invalid("target", "Choose a collection, or name a new one."));
        if (!(await grains.Collection(id).Snapshot(user.Id, null)).Succeeded(out var taken, out var error))
            return context.ErrorPage(error);
        var to = target.Collection ?? CollectionId.New();
        var copied = await grains.Collection(to).CopyFrom(user.Id, taken, target.NewName, isNew: target.Collection is null, null);
        return copied.Error is { } refused
            ? await PickPage(id, context, user, grains, "all", [], form, refused)
            : PageViews.SeeOther(Notices.With($"/c/{to}", "copied"));
    }

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
        (await grains.Collection(id).SnapshotOf(user, [])).Value?.Collection.Name;

    private static string Sentence(SelectionDeed deed, int count, string? target) => (deed, target) switch
    {
        (SelectionDeed.Removed, _) => $"{PageText.Count(count, "GIF")} removed.",
        (SelectionDeed.Moved, { } name) => $"{PageText.Count(count, "GIF")} moved to “{name}”.",
        (SelectionDeed.Copied, { } name) => $"{PageText.Count(count, "GIF")} copied to “{name}”.",
        (SelectionDeed.Moved, null) => $"{PageText.Count(count, "GIF")} moved.",
        _ => $"{PageText.Count(count, "GIF")} copied.",
    };
}
