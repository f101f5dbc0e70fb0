namespace GifShare.ApiFrontend.Design;

/// <summary>The public style guide. It shows components of all features.</summary>
internal static class DesignEndpoints
{
    public static void MapDesignPage(this PageGroups pages) => pages.Open.MapGet("/design", static (HttpContext context) => context.Page<DesignPage>([]));
}
