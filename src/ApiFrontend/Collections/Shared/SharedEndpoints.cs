using GifShare.Collections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Body of <c>POST /v1/shared/{token}/unlock</c>.</summary>
public sealed record UnlockRequest(string Password);

/// <summary>Endpoints for holders of a share link (api.md, Links and Views).</summary>
public static class SharedEndpoints
{
    public const string UnlockHeader = "Link-Unlock";
    public const string PassHeader = "Link-View";

    internal static void MapShared(this IEndpointRouteBuilder v1)
    {
        var shared = v1.MapGroup("/shared/{token}").WithTags("Share links").WithMetadata(Reads.LinkUnlock, Reads.LinkView);
        shared.MapGet("", Get).AllowAnonymous().WithMetadata(Reads.IfNoneMatch).Produces<SharedCollection>().WithName("GetShared")
            .WithSummary("The collection behind a link with its first 50 items; a view, unless its owner asks");
        shared.MapGet("/items", Items).AllowAnonymous().WithMetadata(Reads.IfNoneMatch).Produces<PageOf<CollectionItem>>().WithMetadata(new PagedList(50))
            .WithName("ListSharedItems").WithSummary("The next items behind a link");
        shared.MapPost("/unlock", Unlock).AllowAnonymous().WithName("UnlockShared").WithSummary("Trades the link's password for a `Link-Unlock` of an hour");
        shared.MapPut("/like", Like).WithName("LikeShared").WithSummary("Likes the collection behind a link");
        shared.MapDelete("/like", Unlike).WithName("UnlikeShared").WithSummary("Takes the like back");
        shared.MapPost("/copy", Copy).WithName("CopyShared").WithSummary("Copies the items behind a link into a collection of mine, or a new one");
        shared.MapGet("/download", Download).AllowAnonymous().WithName("DownloadShared").WithSummary("A ZIP of the uploaded originals and a JSON index");
    }

    /// <summary>The visit of a request, also used by pages that open links.</summary>
    public static LinkVisit Visit(this HttpContext context, string tokenHash, UserId? caller)
    {
        var headers = context.Request.Headers;
        return new(
            tokenHash, caller, Bounded(headers[UnlockHeader]), Bounded(headers[PassHeader]), context.IfNoneMatch(), context.CountsAsView());
    }

    // The hottest endpoint: a custom-bound parameter would cost an array and a box per request.
    private static async Task Get(string token, HttpContext context, LinkDirectory links)
    {
        if (await links.Find(token) is not { } link)
        {
            await context.WriteProblem(Error.NotFound);
            return;
        }

        var result = await link.Collection.ReadShared(context.Visit(link.TokenHash, context.Features.Get<CurrentUser>()?.Id));
        if (!result.Succeeded(out var shared, out var error))
        {
            await error.ToProblem(context).ExecuteAsync(context);
            return;
        }

        if (shared.Pass is not null)
            context.Response.Headers[PassHeader] = shared.Pass;
        await context.WritePage(shared.Page);
    }

    private static async Task Items(string token, Viewer viewer, HttpContext context, LinkDirectory links)
    {
        var paging = Paging.Read(context, defaultLimit: 50);
        if (await links.Find(token) is not { } link)
            await context.WriteProblem(Error.NotFound);
        else
            await context.Write(await link.Collection.ReadSharedItems(context.Visit(link.TokenHash, viewer.Id), paging.Cursor, paging.Limit));
    }

    private static async Task<Results<Ok<LinkUnlocked>, ProblemHttpResult>> Unlock(
        string token, UnlockRequest body, HttpContext context, LinkDirectory links)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (body.Password.Length is 0 or > 256)
            return Error.Invalid("password", "It must have 1 to 256 characters.").ToProblem(context);
        return await links.Find(token) is { } link
            ? (await link.Collection.Unlock(link.TokenHash, body.Password, context.AddressKey())).ToOk(context)
            : Error.NotFound.ToProblem(context);
    }

    private static Task<Results<Ok<LikeState>, ProblemHttpResult>> Like(
        string token, CurrentUser user, HttpContext context, LinkDirectory links) =>
        SetLike(token, user, context, links, liked: true);

    private static Task<Results<Ok<LikeState>, ProblemHttpResult>> Unlike(
        string token, CurrentUser user, HttpContext context, LinkDirectory links) =>
        SetLike(token, user, context, links, liked: false);

    private static async Task<Results<Ok<LikeState>, ProblemHttpResult>> SetLike(
        string token, CurrentUser user, HttpContext context, LinkDirectory links, bool liked) =>
        await links.Find(token) is { } link
            ? (await link.Collection.SetLike(user.Id, context.Visit(link.TokenHash, user.Id), liked)).ToOk(context)
            : Error.NotFound.ToProblem(context);

    private static async Task<Results<Created<Collection>, ProblemHttpResult>> Copy(
        string token, CopyRequest body, CurrentUser user, HttpContext context, IGrainFactory grains, LinkDirectory links) =>
        await links.Find(token) is { } link
            ? await Copies.Copy(context, grains, user.Id, body, new(link.Collection.GetId(), context.Visit(link.TokenHash, user.Id)))
            : (Copies.Refusal(body) ?? Error.NotFound).ToProblem(context);

    private static async Task<IResult> Download(
        string token, Viewer viewer, HttpContext context, LinkDirectory links, ZipDownload zip) =>
        await links.Find(token) is { } link && context.Visit(link.TokenHash, viewer.Id) is var visit
            ? await zip.Answer((after, limit) => link.Collection.ReadDownload(viewer.Id, visit, null, after, limit), context)
            : Error.NotFound.ToProblem(context);

    private static string? Bounded(Microsoft.Extensions.Primitives.StringValues values) => values is [{ Length: > 0 and <= 200 } text] ? text : null;
}

/// <summary>The response of <c>GET /v1/shared/{token}</c>, for the OpenAPI document; the grain returns rendered bytes.</summary>
public sealed record SharedCollection(Collection Collection, System.Collections.Immutable.ImmutableArray<CollectionItem> Items, string? Next);
