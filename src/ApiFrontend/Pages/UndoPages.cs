namespace GifShare.ApiFrontend.Pages;

/// <summary>What a script is told that has undone something.</summary>
public sealed record UndoneAnswer(string Text);

/// <summary>One form for everything that can be undone by a ticket; what goes through the trash has its own.</summary>
internal static class UndoPages
{
    public const string Address = "/undo";

    public static void MapUndoPages(this IEndpointRouteBuilder routes) => routes.MapPost(Address, Undo);

    /// <summary>What a page's address takes along; null where there is nothing to undo.</summary>
    public static string? Undoable(this HttpContext context, CurrentUser user, UndoTicket? ticket) =>
        context.RequestServices.GetRequiredService<UndoSeals>().ForAddress(ticket, user.Id);

    private static async Task<IResult> Undo(HttpContext context, CurrentUser user, IGrainFactory grains, UndoSeals seals, TimeProvider time)
    {
        var form = await context.ReadForm();
        if (!seals.Open(form["what"], user.Id).Succeeded(out var ticket, out var error))
            return Refuse(context, error);
        var (done, page) = ("undone", "/collections");
        switch (ticket)
        {
            case SelectionUndo selection:
                error = await new Selection(grains, user.Id, selection.Source).Undo(selection);
                page = $"/c/{selection.Source}";
                break;
            case EditUndo edit:
                var undone = await new Edits(grains, user.Id, time).Undo(edit);
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
            : PageViews.SeeOther(Notices.With(PageViews.LocalPath(form["return"]) ?? page, done));
    }

    private static IResult Refuse(HttpContext context, Error error) => context.WantsJson() ? error.ToProblem(context) : context.NotYours(error);
}
