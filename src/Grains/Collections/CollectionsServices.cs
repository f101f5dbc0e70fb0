using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Collections;

internal static class CollectionsServices
{
    public static IServiceCollection AddCollections(this IServiceCollection services) => services;
}
