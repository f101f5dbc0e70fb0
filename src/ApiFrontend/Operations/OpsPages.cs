namespace GifShare.ApiFrontend.Operations;

/// <summary>The operations page for administrators; 404 for everybody else.</summary>
internal static class OpsPages
{
    public static void MapOpsPages(this PageGroups pages) => pages.Open.MapGet("/ops", Show);

    private static async Task<IResult> Show(HttpContext context, IGrainFactory grains)
    {
        if (context.Features.Get<CurrentUser>() is not { } user)
            return context.ErrorPage(Error.NotFound);
        return (await grains.Operations().Read(user.Id, user.Session)).Succeeded(out var figures, out var error)
            ? context.Page<OpsPage>(new() { ["Figures"] = figures })
            : context.ErrorPage(error);
    }
}
