using System.Globalization;
using System.Text;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The owner's pages for share links: create, edit, QR code, revoke.</summary>
internal static class LinkPages
{
    public static void MapLinkPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/c/{id}/share", static (CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains) =>
            Show(id, context, user, grains, new()));
        routes.MapPost("/c/{id}/share", Create);
        routes.MapPost("/c/{id}/share/open", OpenUp);
        routes.MapPost("/c/{id}/share/copies", AllowCopies);
        routes.MapPost("/c/{id}/share/{link}", Change);
        routes.MapPost("/c/{id}/share/{link}/revoke", Revoke);
        routes.MapGet("/c/{id}/share/{link}/qr.svg", Qr);
    }

    private static async Task<IResult> Show(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, LinkAttempt attempt)
    {
        if (!(await grains.MyCollection(id, user)).Succeeded(out var collection, out var error)
            || !(await grains.Collection(id).ListLinks(user.Id, context.Request.Query["cursor"], Paging.MaxLimit)).Succeeded(out var links, out error))
            return context.ErrorPage(error.Code == ErrorCode.Forbidden ? Error.NotFound : error);
        // The page contains secret URLs.
        return context.Page<LinksPage>(
            new()
            {
                ["Collection"] = collection,
                ["Links"] = links,
                ["Attempt"] = attempt,
                ["PublicUrl"] = $"{context.RequestServices.GetRequiredService<PublicAddress>().Origin}/c/{id}",
                ["Fresh"] = context.Request.Query["done"] == "link-created" && LinkId.TryParse(context.Request.Query["of"], out var fresh) ? fresh : (LinkId?)null,
                ["Now"] = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
            },
            attempt.Error is { } failed ? Problems.StatusOf(failed.Code) : StatusCodes.Status200OK);
    }

    private static async Task<IResult> Create(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, TimeProvider time)
    {
        var form = await context.ReadForm();
        if ((await grains.MyCollection(id, user)).Error is { } hidden)
            return context.ErrorPage(hidden);
        var (expiry, views, error) = Read(form, time);
        if (error is null)
        {
            var command = new NewLink(form["label"], form["password"], expiry.Value, views);
            var made = await context.Once(user, form, GifShareJson.Default.ResultShareLink, ticket => grains.Collection(id).CreateLink(user.Id, command, ticket));
            if (made.Succeeded(out var link, out error))
                return PageViews.SeeOther(Notices.With($"/c/{id}/share", "link-created", link.Id));
        }

        return await Show(id, context, user, grains, new(null, form, error));
    }

    /// <summary>Makes a private collection shared, so that it can have links, and existing links work again.</summary>
    private static async Task<IResult> OpenUp(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        if (!(await grains.MyCollection(id, user)).Succeeded(out var collection, out var error))
            return context.ErrorPage(error);
        EditUndo? undo = null;
        if (collection.Visibility == "private")
        {
            if (!(await grains.Collection(id).Update(user.Id, new CollectionPatch(Visibility: "shared"), null)).Succeeded(out var opened, out error))
                return context.ErrorPage(error);
            undo = EditUndo.Between(EditedThing.Collection, id, default, FieldUndo.Of(collection), FieldUndo.Of(collection with { Visibility = opened.Value.Visibility }));
        }

        return PageViews.SeeOther(Notices.With($"/c/{id}/share", "collection-opened", undo: context.Undoable(user, undo)));
    }

    private static async Task<IResult> AllowCopies(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        if (!(await grains.MyCollection(id, user)).Succeeded(out var collection, out var error)
            || !(await grains.Collection(id).Update(user.Id, new CollectionPatch(AllowCopies: form["allow"] == "1"), null)).Succeeded(out var saved, out error))
            return context.ErrorPage(error);
        var undo = EditUndo.Between(EditedThing.Collection, id, default, FieldUndo.Of(collection), FieldUndo.Of(saved.Value));
        return PageViews.SeeOther(Notices.With($"/c/{id}/share", "saved", undo: context.Undoable(user, undo)));
    }

    private static async Task<IResult> Change(CollectionId id, LinkId link, HttpContext context, CurrentUser user, IGrainFactory grains, TimeProvider time)
    {
        var form = await context.ReadForm();
        if ((await grains.MyCollection(id, user)).Error is { } hidden)
            return context.ErrorPage(hidden);
        if (!(await grains.Collection(id).GetLink(user.Id, link)).Succeeded(out var before, out var gone))
            return context.ErrorPage(gone);
        var (expiry, views, error) = Read(form, time);
        if (error is null)
        {
            // An empty password keeps the old one, which is never shown and so cannot be sent back.
            var password = form["removePassword"] is not null ? new Patch<string>(true, null) : form["password"] is { } typed ? typed : default(Patch<string>);
            var patch = new LinkPatch(new(true, form["label"]), password, expiry, new(true, views));
            var ifMatch = $"\"{form["version"] ?? before.Version}\"";
            if ((await grains.Collection(id).UpdateLink(user.Id, link, patch, ifMatch)).Succeeded(out var after, out error))
            {
                var undo = context.Undoable(user, EditUndo.Between(EditedThing.Link, id, link.Value, FieldUndo.Of(before), FieldUndo.Of(after)));
                var code = !password.IsSet ? "link-saved" : undo is null ? "link-password-saved" : "link-saved-with-password";
                return PageViews.SeeOther(Notices.With($"/c/{id}/share", code, undo: undo));
            }

            if (error.Code == ErrorCode.NotFound)
                return context.ErrorPage(error);
        }

        return await Show(id, context, user, grains, new(link, form, error));
    }

    private static async Task<IResult> Revoke(CollectionId id, LinkId link, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        if ((await grains.MyCollection(id, user)).Error is { } hidden)
            return context.ErrorPage(hidden);
        // Idempotent: a link that is already gone is no error.
        return (await grains.Collection(id).DeleteLink(user.Id, link)).Error is { Code: not ErrorCode.NotFound } error
            ? context.ErrorPage(error)
            : PageViews.SeeOther(Notices.With($"/c/{id}/share", "link-revoked"));
    }

    private static async Task<IResult> Qr(CollectionId id, LinkId link, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        if (!(await grains.Collection(id).GetLink(user.Id, link)).Succeeded(out var found, out var error))
            return context.NotYours(error);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return TypedResults.Bytes(Encoding.UTF8.GetBytes(QrCode.Svg(found.Url)), "image/svg+xml");
    }

    private static (Patch<DateTimeOffset?> Expiry, long? Views, Error? Error) Read(TypedForm form, TimeProvider time)
    {
        long? views = null;
        Error? error = null;
        if (form["maxViews"] is { } text)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                views = number;
            else
                error = Error.Invalid("maxViews", "It must be a whole number.");
        }

        if (!LinkExpiry.TryRead(form["expires"], form["expiresAt"], time.GetUtcNow(), out var expiry))
            error = Error.Invalid("expiresAt", "Choose a day and a time.");
        return (expiry, views, error);
    }
}

/// <summary>A refused form about links. <paramref name="Link"/> is null when it was to create one.</summary>
public sealed record LinkAttempt(LinkId? Link = null, TypedForm? Typed = null, Error? Error = null);

/// <summary>The expiry choices of the link forms.</summary>
internal static class LinkExpiry
{
    public const string Keep = "keep", Never = "never", OnDate = "date";

    /// <summary>The format of <c>input type=datetime-local</c>. Without a script the value is UTC; the script sends it with <c>Z</c>.</summary>
    public const string FieldFormat = "yyyy-MM-ddTHH:mm";

    private static readonly string[] Readable = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"];

    public static IReadOnlyList<(string Value, string Text, TimeSpan Length)> Presets { get; } =
    [
        ("hour", "In an hour", TimeSpan.FromHours(1)),
        ("day", "In a day", TimeSpan.FromDays(1)),
        ("week", "In a week", TimeSpan.FromDays(7)),
        ("month", "In 30 days", TimeSpan.FromDays(30)),
        ("year", "In a year", TimeSpan.FromDays(365)),
    ];

    public static bool TryRead(string? choice, string? date, DateTimeOffset now, out Patch<DateTimeOffset?> expiry)
    {
        expiry = default;
        if (choice == Keep)
            return true;
        if (choice is null or Never)
        {
            expiry = new(true, null);
            return true;
        }

        foreach (var preset in Presets)
            if (preset.Value == choice)
            {
                expiry = new(true, now + preset.Length);
                return true;
            }

        if (choice != OnDate || !DateTimeOffset.TryParseExact(date, Readable, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return false;
        expiry = new(true, time);
        return true;
    }
}
