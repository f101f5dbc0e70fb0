namespace GifShare.ApiFrontend.Design;

/// <summary>What the pages are made of, for everybody who looks for it. It shows parts of all features, so it stands right of them.</summary>
internal static class DesignEndpoints
{
    public static void MapDesignPage(this PageGroups pages) => pages.Open.MapGet("/design", static (HttpContext context) => context.Page<DesignPage>([]));
}
