using System.Net;
using GifShare.ApiFrontend.Collections;
using GifShare.ApiFrontend.Pages.Views;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Pages;

/// <summary>
/// What a guest sees behind a share link. Links with a cap or a password open by a button, and only then is a view counted; the view's pass
/// and the unlock live in cookies of that one path.
/// </summary>
internal static class SharePages
{
    public static void MapSharePages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/s/{token}", Show);
        routes.MapPost("/s/{token}", Open);
        routes.MapGet("/embed/{token}", Embed);
        routes.MapGet("/oembed", OEmbed);
        routes.MapShareDownload();
    }

    private static async Task<IResult> Show(string token, HttpContext context, Viewer viewer, IGrainFactory grains, LinkDirectory links, PublicAddress address)
    {
        context.Hide();
        var visit = context.VisitOf(token, viewer.Id);
        if (await links.Find(token) is not { Collection: var grain })
            return context.Gone();
        // A link that is used up has no card any more, but still opens for those who hold a pass.
        var isOpen = (await grain.GetLinkCard(visit.TokenHash)).Succeeded(out var card, out var error);
        if (!isOpen || card is null)
        {
            if (visit.Pass is null)
                return context.Refused(error!);
            card = new LinkCard(NeedsPassword: visit.Unlock is not null, IsCapped: true, null, null, null, null, null, null, null);
        }

        // Its owner needs no pass.
        if ((card.IsCapped && visit.Pass is null && viewer.Id is null) || (card.NeedsPassword && visit.Unlock is null))
            return OpenForm(token, context, card, null);

        string? cursor = context.Request.Query["cursor"];
        // Coming here never spends a view of a capped link, also not with a pass that has ended or was made up: only the button does.
        var result = await grain.ReadShared(cursor is null && !card.IsCapped ? visit : visit with { Counts = false });
        if (!result.Succeeded(out var shared, out error))
            return error.Code == ErrorCode.LinkPasswordRequired || (error.Code == ErrorCode.NotFound && isOpen && card.IsCapped)
                ? OpenForm(token, context, card, null)
                : context.Refused(error);
        context.Keep(token, LinkVisits.PassCookie, shared.Pass);

        var content = Content(shared.Page);
        var (items, next) = (content.Items, content.Next);
        if (cursor is not null)
        {
            if (!(await grain.ReadSharedItems(visit with { Counts = false }, cursor, CollectionPages.PageSize(cursor))).Succeeded(out var page, out error))
                return context.Refused(error);
            var later = page.Read(GifShareJson.Default.PageOfCollectionItem);
            (items, next) = (later.Items, later.Next);
        }

        return context.Page<GuestPage>(new()
        {
            ["Collection"] = content.Collection,
            ["Items"] = items,
            ["Next"] = next,
            ["Token"] = token,
            ["IsOwner"] = content.Collection.Owner.Id == viewer.Id,
            ["IsLiked"] = viewer.Id is { } user && await grains.CollectionLists().IsLiked(user, content.Collection.Id),
            ["Favorites"] = await grains.Hearts(viewer.Id, items),
            ["Preview"] = card.IsCapped || card.NeedsPassword ? null : PreviewOf(token, card, address),
        });
    }

    private static async Task<IResult> Open(string token, HttpContext context, Viewer viewer, IGrainFactory grains, LinkDirectory links)
    {
        context.Hide();
        var form = await context.ReadForm();
        var visit = context.VisitOf(token, viewer.Id) with { Counts = true };
        if (await links.Find(token) is not { Collection: var grain } || !(await grain.GetLinkCard(visit.TokenHash)).Succeeded(out var card, out _))
            return context.Gone();
        if (card.NeedsPassword)
        {
            if (!(await grain.Unlock(visit.TokenHash, form["password"] ?? "")).Succeeded(out var unlocked, out var wrong))
                return OpenForm(token, context, card, wrong);
            visit = visit with { Unlock = unlocked.Unlock };
            context.Keep(token, LinkVisits.UnlockCookie, unlocked.Unlock);
        }

        // The view of a capped link is spent here, and the page that follows shows it by its pass.
        if (card.IsCapped)
        {
            if (!(await grain.ReadShared(visit)).Succeeded(out var shared, out var error))
                return error.Code == ErrorCode.LinkPasswordRequired ? OpenForm(token, context, card, null) : context.Refused(error);
            context.Keep(token, LinkVisits.PassCookie, shared.Pass);
        }

        return PageViews.SeeOther($"/s/{token}");
    }

    private static async Task<IResult> Embed(string token, HttpContext context, IGrainFactory grains, LinkDirectory links, PublicAddress address)
    {
        context.Hide();
        var visit = new LinkVisit(LinkVisits.HashOf(token), Counts: false);
        if (await links.Find(token) is not { Collection: var grain }
            || !(await grain.GetLinkCard(visit.TokenHash)).Succeeded(out var card, out _) || card.IsCapped || card.NeedsPassword
            || !(await grain.ReadShared(visit)).Succeeded(out var shared, out _))
            return context.Gone(isFramed: true);
        var content = Content(shared.Page);
        return context.Page<EmbedPage>(
            new() { ["Collection"] = content.Collection, ["Items"] = content.Items, ["Url"] = $"{address.Origin}/s/{token}" }, isFramed: true);
    }

    private static async Task<IResult> OEmbed(HttpContext context, IGrainFactory grains, LinkDirectory links, PublicAddress address)
    {
        var query = context.Request.Query;
        var prefix = address.Origin + "/s/";
        if (query["url"] is not [{ } url] || !url.StartsWith(prefix, StringComparison.Ordinal) || query["format"].ToString() is not ("" or "json"))
            return Error.NotFound.ToProblem(context);
        var token = url[prefix.Length..];
        var hash = LinkVisits.HashOf(token);
        if (await links.Find(token) is not { Collection: var grain }
            || !(await grain.GetLinkCard(hash)).Succeeded(out var card, out _) || card.IsCapped || card.NeedsPassword)
            return Error.NotFound.ToProblem(context);

        var (width, height) = (Side(query["maxwidth"], 600), Side(query["maxheight"], 400));
        var frame = WebUtility.HtmlEncode($"{address.Origin}/embed/{token}");
        var answer = new Dictionary<string, object>
        {
            ["version"] = "1.0",
            ["type"] = "rich",
            ["provider_name"] = "GifShare",
            ["provider_url"] = address.Origin,
            ["title"] = card.Name ?? "",
            ["author_name"] = card.OwnerName ?? "",
            ["width"] = width,
            ["height"] = height,
            ["html"] = $"<iframe src=\"{frame}\" width=\"{width}\" height=\"{height}\" sandbox=\"allow-popups\" referrerpolicy=\"no-referrer\" loading=\"lazy\" frameborder=\"0\"></iframe>",
        };
        if (Absolute(card.CoverUrl, address) is { } cover && card is { CoverWidth: { } coverWidth, CoverHeight: { } coverHeight })
        {
            answer["thumbnail_url"] = cover;
            answer["thumbnail_width"] = coverWidth;
            answer["thumbnail_height"] = coverHeight;
        }

        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Json(answer);
    }

    private static IResult OpenForm(string token, HttpContext context, LinkCard card, Error? error) => context.Page<OpenLinkPage>(
        new() { ["Action"] = $"/s/{Uri.EscapeDataString(token)}", ["NeedsPassword"] = card.NeedsPassword, ["Error"] = error },
        error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));

    private static Preview PreviewOf(string token, LinkCard card, PublicAddress address)
    {
        var url = $"{address.Origin}/s/{token}";
        return new(
            card.Name ?? "GifShare", url, card.Description ?? $"{PageText.Count(card.ItemCount ?? 0, "GIF")} by {card.OwnerName}",
            Absolute(card.CoverUrl, address), card.CoverWidth, card.CoverHeight, $"{address.Origin}/oembed?url={Uri.EscapeDataString(url)}");
    }

    private static SharedContent Content(FinishedPage page) => page.Read(PageJson.Default.SharedContent);

    private static string? Absolute(string? url, PublicAddress address) => url is ['/', ..] ? address.Origin + url : url;

    private static int Side(string? max, int wanted) => int.TryParse(max, out var limit) && limit is > 0 && limit < wanted ? limit : wanted;
}
