namespace GifShare.ApiFrontend.Site;

/// <summary>The pages: server-rendered HTML and plain forms, usable without scripts (progressive enhancement). They call the same grains as the API.</summary>
public static class PagesEndpoints
{
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddPageCompression();
        services.AddSingleton<UndoSeals>();
        return services;
    }

    /// <summary>Creates the route groups in which features map their pages.</summary>
    public static PageGroups MapPages(this WebApplication app)
    {
        var open = app.MapGroup("").WithMetadata(new PageRoute()).ExcludeFromDescription();
        open.MapAssets();
        return new(open, app.MapGroup("").WithMetadata(new PageRoute(), new SignInRequired()).ExcludeFromDescription());
    }
}

/// <param name="Open">Open to guests.</param>
/// <param name="Mine">Requires sign-in; guests are redirected to the log-in page.</param>
public sealed record PageGroups(RouteGroupBuilder Open, RouteGroupBuilder Mine);
