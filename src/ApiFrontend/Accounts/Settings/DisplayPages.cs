namespace GifShare.ApiFrontend.Accounts;

/// <summary>Display settings (theme, motion, linked GIFs), for guests too.</summary>
internal static class DisplayPages
{
    private const string Address = "/settings/display";

    public static void MapDisplayPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Address, static (HttpContext context) => context.Page<DisplayPage>([]));
        routes.MapPost(Address, (Delegate)Save);
    }

    private static async Task<IResult> Save(HttpContext context)
    {
        var form = await context.ReadForm();
        Look.Of(form["theme"], form["linked"], form["motion"]).Keep(context);
        return PageViews.SeeOther(Notices.With(Address, "display-saved"));
    }
}
