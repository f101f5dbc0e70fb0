using GifShare.Collections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Collections;

internal static class LinksEndpoints
{
    public static void MapLinks(this RouteGroupBuilder collections)
    {
        collections.MapPost("/{id}/links", Create).WithName("CreateLink").WithSummary("Makes a share link");
        collections.MapGet("/{id}/links", List).WithName("ListLinks").WithSummary("The collection's share links, newest first");
        collections.MapPatch("/{id}/links/{linkId}", Update).WithName("UpdateLink").WithMetadata(Reads.IfMatch).WithSummary("Changes a share link; a new password ends every unlock");
        collections.MapDelete("/{id}/links/{linkId}", Delete).WithName("DeleteLink").WithSummary("Revokes a share link, at once and for good");
    }

    private static async Task<Results<Created<ShareLink>, ProblemHttpResult>> Create(
        CollectionId id, NewLink body, CurrentUser user, HttpContext context, IGrainFactory grains)
    {
        var result = await Idempotent.Run(context, GifShareJson.Default.ResultShareLink, ticket => grains.Collection(id).CreateLink(user.Id, body, ticket));
        context.Response.Headers.CacheControl = "no-store";
        return result.Succeeded(out var link, out var error) ? TypedResults.Created($"/v1/collections/{id}/links/{link.Id}", link) : error.ToProblem(context);
    }

    private static async Task<Results<Ok<PageOf<ShareLink>>, ProblemHttpResult>> List(
        CollectionId id, CurrentUser user, Paging paging, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        return (await grains.Collection(id).ListLinks(user.Id, paging.Cursor, paging.Limit)).ToOk(context);
    }

    private static async Task<Results<Ok<ShareLink>, ProblemHttpResult>> Update(
        CollectionId id, LinkId linkId, LinkPatch body, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).UpdateLink(user.Id, linkId, body, context.IfMatch())).ToOk(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        CollectionId id, LinkId linkId, CurrentUser user, HttpContext context, IGrainFactory grains) =>
        (await grains.Collection(id).DeleteLink(user.Id, linkId)).ToNoContent(context);
}
