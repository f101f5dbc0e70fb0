using System.Net;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// A guest's pages behind a share link. Links with a view cap or a password open by a button, and only the button counts a view; the view's pass
/// and the unlock are kept in cookies scoped to the page's path.
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
        // A link with no views left has no card any more, but still opens for holders of a pass.
        var isOpen = (await grain.GetLinkCard(visit.TokenHash)).Succeeded(out var card, out var error);
        if (!isOpen || card is null)
        {
            if (visit.Pass is null)
                return context.Refused(error!);
            card = new LinkCard(NeedsPassword: visit.Unlock is not null, IsCapped: true, null, null, null, null, null, null, null);
        }

        // Signed-in viewers need no pass here, since one of them is the owner; the grain refuses the others.
        if ((card.IsCapped && visit.Pass is null && viewer.Id is null) || (card.NeedsPassword && visit.Unlock is null))
            return OpenForm(token, context, card, null);

        // A GET never spends a view of a capped link, even with an expired or forged pass: only the button does.
        if (card.IsCapped)
            visit = visit with { Counts = false };
        string? cursor = context.Request.Query["cursor"];
        var read = cursor is null ? await First(grain, visit) : await Further(grain, visit, cursor, card.IsCapped);
        if (!read.Succeeded(out var shown, out error))
            return error.Code == ErrorCode.LinkPasswordRequired || (error.Code == ErrorCode.NotFound && isOpen && card.IsCapped)
                ? OpenForm(token, context, card, null)
                : context.Refused(error);
        context.Keep(token, LinkVisits.PassCookie, shown.Pass);
        var (collection, items, next) = shown.Content;
        return context.Page<GuestPage>(new()
        {
            ["Collection"] = collection,
            ["Items"] = items,
            ["Next"] = next,
            ["Token"] = token,
            ["IsOwner"] = collection.Owner.Id == viewer.Id,
            ["IsLiked"] = viewer.Id is { } user && await grains.CollectionLists().IsLiked(user, collection.Id),
            ["Favorites"] = await grains.Hearts(viewer.Id, items),
            ["Preview"] = card.IsCapped || card.NeedsPassword ? null : PreviewOf(token, card, address),
        });
    }

    /// <summary>The first page; counts a view unless the link is capped.</summary>
    private static async Task<Result<(SharedContent Content, string? Pass)>> First(ICollectionGrain grain, LinkVisit visit) =>
        (await grain.ReadShared(visit)).Succeeded(out var shared, out var error) ? (Content(shared.Page), shared.Pass) : error;

    /// <summary>A later page; counts no view.</summary>
    private static async Task<Result<(SharedContent Content, string? Pass)>> Further(ICollectionGrain grain, LinkVisit visit, string cursor, bool isCapped)
    {
        visit = visit with { Counts = false };
        if (!(await grain.GetShared(visit)).Succeeded(out var collection, out var error)
            || !(await grain.ReadSharedItems(visit, cursor, CollectionPages.PageSize(cursor))).Succeeded(out var page, out error))
            return error;
        var items = page.Read(GifShareJson.Default.PageOfCollectionItem);
        return (new SharedContent(collection, items.Items, items.Next), isCapped ? visit.Pass : null);
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
            if (!(await grain.Unlock(visit.TokenHash, form["password"] ?? "", context.AddressKey())).Succeeded(out var unlocked, out var wrong))
                return OpenForm(token, context, card, wrong);
            visit = visit with { Unlock = unlocked.Unlock };
            context.Keep(token, LinkVisits.UnlockCookie, unlocked.Unlock);
        }

        // Spends a view of a capped link; the redirect target shows the page by the pass.
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
        var visit = new LinkVisit(LinkTokens.HashOf(token), Counts: false);
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
        // Other sites' programs request it by CORS (api.md, Pages); the response contains nothing personal.
        context.Response.Headers.AccessControlAllowOrigin = "*";
        var query = context.Request.Query;
        var prefix = address.Origin + "/s/";
        if (query["url"] is not [{ } url] || !url.StartsWith(prefix, StringComparison.Ordinal) || query["format"].ToString() is not ("" or "json"))
            return Error.NotFound.ToProblem(context);
        var token = url[prefix.Length..];
        var hash = LinkTokens.HashOf(token);
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
