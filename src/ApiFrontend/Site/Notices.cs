using GifShare.ApiFrontend.Collections;

namespace GifShare.ApiFrontend.Site;

/// <summary>A one-sentence message about a completed action.</summary>
/// <param name="Ticket">The undo ticket (<see cref="UndoPages"/>). Null: nothing to undo.</param>
public sealed record Notice(string Text, string? Ticket = null);

/// <summary>
/// Notices after a form (post/redirect/get): a 303 redirects to a page with <c>?done=code[&amp;of=id][&amp;undo=ticket]</c>, which shows the notice.
/// Codes come from this closed table and undo tickets are sealed for their user, so that a crafted link can neither inject text nor offer an undo.
/// <c>of</c> only highlights the new entry.
/// </summary>
public static class Notices
{
    private static readonly Dictionary<string, string> All = new()
    {
        ["saved"] = "Saved.",
        ["done"] = "Done.",
        ["cover-saved"] = "This is the cover now.",
        ["saved-copy"] = "Saved to your collections.",
        ["added"] = "Added.",
        ["added-one"] = "Added.",
        ["copied"] = "Copied: this is your copy.",
        ["undone"] = "Undone.",
        ["undone-partly"] = "Undone, but for what was changed again meanwhile.",
        ["item-removed"] = "Removed.",
        ["signed-out"] = "You are logged out.",
        ["collection-saved"] = "The collection is saved.",
        ["collection-deleted"] = "The collection is in the trash.",
        ["collection-restored"] = "The collection is back.",
        ["collection-opened"] = "The collection is shared: whoever has one of its links can see it.",
        ["link-created"] = "The link is ready.",
        ["link-saved"] = "The link is saved.",
        ["link-password-saved"] = "The link is saved. A change of its password has no Undo.",
        ["link-saved-with-password"] = "The link is saved. Undo leaves the password as it is now.",
        ["link-revoked"] = "The link no longer works.",
        ["item-restored"] = "It is back in its collection.",
        ["gif-restored"] = "The GIF is back.",
        ["profile-saved"] = "Your profile is saved.",
        ["avatar-saved"] = "Your picture is saved.",
        ["avatar-removed"] = "Your picture is removed.",
        ["email-saved"] = "Your email is changed.",
        ["password-changed"] = "Your password is changed. Everywhere else you are signed out.",
        ["session-ended"] = "Signed out there.",
        ["sessions-ended"] = "Everywhere else you are signed out.",
        ["account-deleted"] = "Your account is deleted. For 30 days you can bring it back here.",
        ["account-restored"] = "Welcome back: your account is as it was.",
        ["display-saved"] = "Saved for this browser.",
    };

    /// <summary>All codes.</summary>
    public static IEnumerable<string> Codes => All.Keys;

    /// <summary>The URL of a page that shows the notice.</summary>
    public static string With(string path, string code, object? of = null, string? undo = null)
    {
        if (!All.ContainsKey(code))
            throw new ArgumentException($"There is no notice '{code}'.", nameof(code));
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{path}{separator}done={code}" + (of is null ? "" : $"&of={of}") + (undo is null ? "" : $"&undo={undo}");
    }

    public static string TextOf(string code) => All[code];

    internal static Notice? Of(HttpContext context) =>
        context.Request.Query["done"] is [{ } code] && All.TryGetValue(code, out var text) ? new(text, TicketOf(context)?.Sealed) : null;

    /// <summary>The ticket in the query, if it is valid and the viewer's.</summary>
    internal static (string Sealed, UndoTicket Ticket)? TicketOf(HttpContext context) =>
        context.Request.Query["undo"] is [{ } text] && context.Features.Get<CurrentUser>() is { } user
        && context.RequestServices.GetRequiredService<UndoSeals>().Open(text, user.Id).Value is { } ticket
            ? (text, ticket)
            : null;
}
