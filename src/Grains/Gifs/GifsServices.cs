using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Gifs;

internal static class GifsServices
{
    public static IServiceCollection AddGifs(this IServiceCollection services)
    {
        services.AddOptions<GifsOptions>().BindConfiguration("Storage")
            .Validate(options => options.QuotaPerUser >= 0, "Storage:QuotaPerUser is a number of bytes and cannot be negative.")
            .ValidateOnStart();
        return services
            .AddSingleton<GifCards>()
            .AddSingleton<GifViews>()
            .AddSingleton<GifVisibility>()
            .AddSingleton<GifStore>()
            .AddSingleton<GifTrash>()
            .AddSingleton<FavoritesStore>()
            .AddSingleton<ISweep, GifSweep>();
    }
}
