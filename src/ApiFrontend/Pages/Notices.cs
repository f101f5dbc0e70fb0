using System.Text.RegularExpressions;

namespace GifShare.ApiFrontend.Pages;

/// <summary>One sentence about what was just done.</summary>
/// <param name="Undo">The form address that takes it back; <c>{of}</c> and <c>{in}</c> stand for the ids in the query. Null: nothing to undo.</param>
public sealed record NoticeText(string Text, string? Undo = null, string UndoLabel = "Undo");

/// <summary>A notice with its ids filled in.</summary>
/// <param name="Ticket">What its form sends as <c>what</c>, where it is undone by a ticket.</param>
public sealed record Notice(string Text, string? Undo, string UndoLabel = "Undo", string? Ticket = null);

/// <summary>
/// After a form was done, a 303 leads to a page with <c>?done=code[&amp;of=id][&amp;in=id]</c>, and that page says it. The codes are this closed
/// table, so that nobody can make our pages say something by a link. The undo form is sent with <c>return</c>: the path it should come back to.
/// With <c>&amp;undo=ticket</c> the form is that of <see cref="UndoPages"/>, if the ticket is the viewer's own.
/// </summary>
public static partial class Notices
{
    private static readonly Dictionary<string, NoticeText> All = new()
    {
        ["saved"] = new("Saved."),
        ["done"] = new("Done."),
        ["cover-saved"] = new("This is the cover now."),
        ["restored"] = new("It is back."),
        ["saved-copy"] = new("Saved to your collections.", "/c/{of}/delete"),
        ["added"] = new("Added."),
        ["added-one"] = new("Added."),
        ["copied"] = new("Copied: this is your copy.", "/c/{of}/delete"),
        ["undone"] = new("Undone."),
        ["undone-partly"] = new("Undone, but for what was changed again meanwhile."),
        ["item-removed"] = new("Removed.", "/c/{in}/items/{of}/restore"),
        ["signed-out"] = new("You are logged out."),
        ["collection-saved"] = new("The collection is saved."),
        ["collection-deleted"] = new("The collection is in the trash.", "/c/{of}/restore"),
        ["collection-restored"] = new("The collection is back."),
        ["collection-opened"] = new("The collection is shared: whoever has one of its links can see it."),
        ["link-created"] = new("The link is ready."),
        ["link-saved"] = new("The link is saved."),
        ["link-password-saved"] = new("The link is saved. A change of its password has no Undo."),
        ["link-saved-with-password"] = new("The link is saved. Undo leaves the password as it is now."),
        ["link-revoked"] = new("The link no longer works."),
        ["item-restored"] = new("It is back in its collection."),
        ["gif-restored"] = new("The GIF is back."),
        ["profile-saved"] = new("Your profile is saved."),
        ["avatar-saved"] = new("Your picture is saved."),
        ["avatar-removed"] = new("Your picture is removed."),
        ["email-saved"] = new("Your email is changed."),
        ["password-changed"] = new("Your password is changed. Everywhere else you are signed out."),
        ["session-ended"] = new("Signed out there."),
        ["sessions-ended"] = new("Everywhere else you are signed out."),
        ["account-deleted"] = new("Your account is deleted. For 30 days you can bring it back here."),
        ["account-restored"] = new("Welcome back: your account is as it was."),
        ["display-saved"] = new("Saved for this browser."),
    };

    /// <summary>The address of a page that will say so.</summary>
    public static string With(string path, string code, object? of = null, object? @in = null, string? undo = null)
    {
        if (!All.ContainsKey(code))
            throw new ArgumentException($"There is no notice '{code}'.", nameof(code));
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{path}{separator}done={code}" + (of is null ? "" : $"&of={of}") + (@in is null ? "" : $"&in={@in}") + (undo is null ? "" : $"&undo={undo}");
    }

    public static string TextOf(string code) => All[code].Text;

    internal static Notice? Of(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["done"] is not [{ } code] || !All.TryGetValue(code, out var notice))
            return null;
        if (TicketOf(context) is var (ticket, _))
            return new(notice.Text, UndoPages.Address, Ticket: ticket);
        var undo = notice.Undo;
        foreach (var name in (string[])["of", "in"])
        {
            if (undo is null || !undo.Contains($"{{{name}}}", StringComparison.Ordinal))
                continue;
            undo = query[name] is [{ } id] && Id().IsMatch(id) ? undo.Replace($"{{{name}}}", id, StringComparison.Ordinal) : null;
        }

        return new(notice.Text, undo, notice.UndoLabel);
    }

    /// <summary>The ticket in the address, if it is the viewer's and still holds.</summary>
    internal static (string Sealed, UndoTicket Ticket)? TicketOf(HttpContext context) =>
        context.Request.Query["undo"] is [{ } text] && context.Features.Get<CurrentUser>() is { } user
        && context.RequestServices.GetRequiredService<UndoSeals>().Open(text, user.Id).Value is { } ticket
            ? (text, ticket)
            : null;

    [GeneratedRegex("^[0-9A-Za-z-]{1,40}\\z")]
    private static partial Regex Id();
}
