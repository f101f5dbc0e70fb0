using GifShare.ApiFrontend.Accounts;
using GifShare.ApiFrontend.Collections;
using GifShare.ApiFrontend.Design;
using GifShare.ApiFrontend.Gifs;
using GifShare.ApiFrontend.Media;
using GifShare.ApiFrontend.Media.Tus;
using GifShare.ApiFrontend.Media.Uppy;
using GifShare.ApiFrontend.Operations;

namespace GifShare.ApiFrontend;

/// <summary>The REST API and the pages. One line per feature.</summary>
public static class GifShareFrontend
{
    /// <summary>Needs <c>PublicUrl</c>, <c>Secrets:MasterKey</c>, an object store and grains.</summary>
    public static IHostApplicationBuilder AddGifShareFrontend(this IHostApplicationBuilder builder)
    {
        builder.AddWebServices();
        builder.AddOperations();
        builder.Services
            .AddAccounts()
            .AddMedia()
            .AddGifs()
            .AddCollections();
        builder.Services.AddPages();
        return builder;
    }

    /// <summary>Call it once, on an application without other middleware.</summary>
    public static WebApplication MapGifShareFrontend(this WebApplication app)
    {
        app.UseGifSharePipeline();

        var v1 = app.MapGroup("/v1").WithMetadata(new SignInRequired());
        v1.MapAccounts();
        v1.MapMedia();
        v1.MapGifs();
        v1.MapCollections();
        app.MapMediaAddresses();
        app.MapParts();
        app.MapTus();
        app.MapUppy();
        app.MapStoreEvents();
        var pages = app.MapPages();
        pages.MapAccountsPages();
        pages.MapCollectionsPages();
        pages.MapOpsPages();
        pages.MapDesignPage();
        app.MapOperations();
        app.MapDashboard();
        app.MapGifShareOpenApi();
        return app;
    }
}
