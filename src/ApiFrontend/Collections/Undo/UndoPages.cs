namespace GifShare.ApiFrontend.Collections;

/// <summary>The JSON response to a script after an undo.</summary>
public sealed record UndoneAnswer(string Text);

/// <summary>One endpoint for all undos. A sealed ticket is required, so that no crafted link can undo anything.</summary>
internal static class UndoPages
{
    public const string Address = "/undo";

    public static void MapUndoPages(this IEndpointRouteBuilder routes) => routes.MapPost(Address, Undo);

    private static async Task<IResult> Undo(HttpContext context, CurrentUser user, IGrainFactory grains, UndoSeals seals, TimeProvider time)
    {
        var form = await context.ReadForm();
        var back = PageViews.LocalPath(form["return"]);
        if (!seals.Open(form["what"], user.Id).Succeeded(out var ticket, out var error))
            return Refuse(context, error);
        var (done, page, again) = ("undone", "/collections", (UndoTicket?)null);
        switch (ticket)
        {
            case SelectionUndo selection:
                error = await new BulkItemActions(grains, user.Id, selection.Source).Undo(selection);
                page = $"/c/{selection.Source}";
                break;
            // The return page may be that of the deleted collection, so redirect to the list.
            case CollectionUndo { Action: CollectionAction.Copied } copied:
                error = await grains.DeleteMine(copied.Collection, user);
                done = "collection-deleted";
                again = copied with { Action = CollectionAction.Deleted };
                back = null;
                break;
            case CollectionUndo deleted:
                error = (await grains.Collection(deleted.Collection).Restore(user.Id, null)).Error;
                done = "collection-restored";
                break;
            case EditUndo edit:
                var undone = await new FieldUndo(grains, user.Id, time).Undo(edit);
                error = undone.Error;
                if (!undone.Value)
                    done = "undone-partly";
                page = edit.Thing switch
                {
                    EditedThing.Profile => "/settings",
                    EditedThing.Link => $"/c/{edit.Owner}/share",
                    _ => $"/c/{edit.Owner}",
                };
                break;
        }

        if (error is not null)
            return Refuse(context, error);
        return context.WantsJson()
            ? TypedResults.Json(new UndoneAnswer(Notices.TextOf(done)), PageJson.Default.UndoneAnswer)
            : PageViews.SeeOther(Notices.With(back ?? page, done, undo: context.Undoable(user, again)));
    }

    private static IResult Refuse(HttpContext context, Error error) => context.WantsJson() ? error.ToProblem(context) : context.NotYours(error);
}
