namespace GifShare.ApiFrontend.Collections;

/// <summary>The public profile page of a user, with their public collections.</summary>
internal static class ProfilePages
{
    public static void MapProfilePages(this IEndpointRouteBuilder routes) => routes.MapGet("/u/{username}", Show);

    private static async Task<IResult> Show(string username, HttpContext context, Viewer viewer, IGrainFactory grains)
    {
        if (await grains.Accounts().FindByUsername(username) is not { } id
            || !(await grains.User(id).GetProfile(viewer.Id)).Succeeded(out var profile, out _))
            return context.ErrorPage(new Error(ErrorCode.NotFound, "Nobody here has this name."));
        var listed = await grains.CollectionLists().PublicOf(profile.Username, context.Request.Query["cursor"], Paging.DefaultLimit);
        return listed.Succeeded(out var collections, out var error)
            ? context.Page<ProfilePage>(new() { ["Profile"] = profile, ["Collections"] = collections, ["IsMe"] = viewer.Id == id })
            : context.ErrorPage(error);
    }
}
