using GifShare.ApiFrontend.Accounts;
using GifShare.ApiFrontend.Collections;
using GifShare.ApiFrontend.Gifs;

namespace GifShare.ApiFrontend;

/// <summary>The REST API and the pages. One line per feature.</summary>
public static class GifShareFrontend
{
    public static IHostApplicationBuilder AddGifShareFrontend(this IHostApplicationBuilder builder)
    {
        builder.Services
            .AddAccounts()
            .AddGifs()
            .AddCollections();
        return builder;
    }

    public static WebApplication MapGifShareFrontend(this WebApplication app)
    {
        var v1 = app.MapGroup("/v1");
        v1.MapAccounts();
        v1.MapGifs();
        v1.MapCollections();
        return app;
    }
}
