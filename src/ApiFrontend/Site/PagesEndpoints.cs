namespace GifShare.ApiFrontend.Site;

/// <summary>The pages: server-rendered HTML and plain forms, usable without a script. They call the same grains as the API.</summary>
public static class PagesEndpoints
{
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddPageCompression();
        services.AddSingleton<UndoSeals>();
        return services;
    }

    /// <summary>The groups in which features map their pages.</summary>
    public static PageGroups MapPages(this WebApplication app)
    {
        var open = app.MapGroup("").WithMetadata(new PageRoute()).ExcludeFromDescription();
        open.MapAssets();
        return new(open, app.MapGroup("").WithMetadata(new PageRoute(), new SignInRequired()).ExcludeFromDescription());
    }
}

/// <param name="Open">For everybody.</param>
/// <param name="Mine">For whoever is signed in; others are asked to sign in first.</param>
public sealed record PageGroups(RouteGroupBuilder Open, RouteGroupBuilder Mine);
