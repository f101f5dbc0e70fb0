using System.Collections.Immutable;
using System.Globalization;
using GifShare.Gifs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace GifShare.ApiFrontend.Gifs;

internal static class FavoritesEndpoints
{
    private static readonly Reads IfMatch = new(
        "If-Match", "Answer only while it is still this one.", Status: "412", StatusText: "version_mismatch: it was changed meanwhile.");

    private const int MaxAmong = 100;

    public static void MapFavorites(this IEndpointRouteBuilder v1)
    {
        var favorites = v1.MapGroup("/favorites").WithTags("GIFs");
        favorites.MapPut("/{gifId}", Add).WithName("AddFavorite").WithMetadata(Reads.Via, Reads.LinkUnlock, Reads.LinkView).WithSummary("Makes a gif a favourite; `via` is a share link's token for who sees it through one");
        favorites.MapDelete("/{gifId}", Remove).WithName("RemoveFavorite").WithSummary("Makes a gif no favourite");
        favorites.MapGet("", List).WithName("ListFavorites").WithSummary("My favourites, newest first");
        favorites.MapGet("/among", Among).WithName("FavoritesAmong").WithSummary("Those of `ids` (at most 100, separated by commas) that are my favourites, exactly; the filter knows most of the others");
        favorites.MapGet("/filter", GetFilter).WithName("GetFavoritesFilter").WithMetadata(Reads.IfNoneMatch, IfMatch).WithSummary("A Bloom filter of my favourites")
            .WithDescription("Headers Bloom-Bits, Bloom-Hashes, Bloom-Count and ETag. h1, h2 = MurmurHash3 x86_32 over the 16 id bytes in text order, seeds 0 and 0x9747b28c; bit i = ((h1 + i*h2) mod 2^32) mod Bloom-Bits, least significant bit first, i < Bloom-Hashes.")
            .Produces<Stream>(StatusCodes.Status200OK, "application/octet-stream").Produces(StatusCodes.Status304NotModified);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Add(
        GifId gifId, string? via, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Favorites(user.Id).Add(gifId, context.Via(via))).ToNoContent(context);

    /// <summary>The share link of <c>?via=</c> with the pass and unlock that earlier responses issued.</summary>
    internal static ViaLink? Via(this HttpContext context, string? token)
    {
        var headers = context.Request.Headers;
        return string.IsNullOrEmpty(token) ? null : new(token, (string?)headers["Link-Unlock"], (string?)headers["Link-View"]);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(GifId gifId, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        gifId == default ? Error.NotFound.ToProblem(context) : (await grains.Favorites(user.Id).Remove(gifId)).ToNoContent(context);

    private static async Task<Results<Ok<PageOf<KeptGif>>, ProblemHttpResult>> List(CurrentUser user, Paging paging, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        return (await grains.Favorites(user.Id).List(paging.Cursor, paging.Limit)).ToOk(context);
    }

    private static async Task<Results<Ok<FavoriteIds>, ProblemHttpResult>> Among(string? ids, CurrentUser user, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        var texts = (ids ?? "").Split(',', MaxAmong + 1, StringSplitOptions.RemoveEmptyEntries);
        var gifs = ImmutableArray.CreateBuilder<GifId>(texts.Length);
        foreach (var text in texts)
        {
            if (texts.Length > MaxAmong || !Guid.TryParseExact(text, "D", out var id))
                return Error.Invalid("ids", $"At most {MaxAmong} ids are expected, separated by commas.").ToProblem(context);
            gifs.Add(new(id));
        }

        return TypedResults.Ok(await grains.Favorites(user.Id).Among(gifs.ToImmutable()));
    }

    private static async Task<FileContentHttpResult> GetFilter(CurrentUser user, HttpContext context, IGrainFactory grains)
    {
        var filter = await grains.Favorites(user.Id).GetFilter();
        var headers = context.Response.Headers;
        headers.CacheControl = "private, no-cache";
        headers["Bloom-Bits"] = filter.Bits.ToString(CultureInfo.InvariantCulture);
        headers["Bloom-Hashes"] = filter.Hashes.ToString(CultureInfo.InvariantCulture);
        headers["Bloom-Count"] = filter.Count.ToString(CultureInfo.InvariantCulture);
        // TypedResults.Bytes handles If-None-Match, If-Match and HEAD.
        return TypedResults.Bytes(filter.Bytes, "application/octet-stream", entityTag: EntityTagHeaderValue.Parse(filter.ETag));
    }
}
