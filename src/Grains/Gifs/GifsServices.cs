using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Gifs;

internal static class GifsServices
{
    public static IServiceCollection AddGifs(this IServiceCollection services) => services.AddSingleton<GifCards>();
}
