namespace GifShare.ApiFrontend.Pages;

/// <summary>The pages: server-rendered HTML and plain forms, usable without a script. They call the same grains as the API.</summary>
public static class PagesEndpoints
{
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddPageCompression();
        services.AddSingleton<UploadRoom>();
        services.AddSingleton<UndoSeals>();
        return services;
    }

    public static void MapPages(this WebApplication app)
    {
        var open = app.MapGroup("").WithMetadata(new PageRoute()).ExcludeFromDescription();
        open.MapAssets();
        open.MapAccountPages();
        open.MapDisplayPages();
        open.MapAccountReturn();
        open.MapSharePages();
        open.MapOpsPages();
        open.MapProfilePages();
        open.MapOpenCollectionPages();

        var mine = app.MapGroup("").WithMetadata(new PageRoute(), new SignInRequired()).ExcludeFromDescription();
        mine.MapCollectionPages();
        mine.MapLinkPages();
        mine.MapTrashPages();
        mine.MapSettingsPages();
        mine.MapSessionPages();
        mine.MapShareActions();
        mine.MapFavoritePages();
        mine.MapUndoPages();
    }
}
