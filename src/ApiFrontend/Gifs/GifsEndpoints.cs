namespace GifShare.ApiFrontend.Gifs;

public static class GifsEndpoints
{
    public static IServiceCollection AddGifs(this IServiceCollection services) => services;

    public static void MapGifs(this IEndpointRouteBuilder v1) => v1.MapGroup("/gifs");
}
