namespace GifShare.ApiFrontend.Collections;

public static class CollectionsEndpoints
{
    public static IServiceCollection AddCollections(this IServiceCollection services) => services;

    public static void MapCollections(this IEndpointRouteBuilder v1) => v1.MapGroup("/collections");
}
