using GifShare.Grains.Accounts;
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
            .AddSingleton<GifPresenter>()
            .AddSingleton<GifVisibility>()
            .AddSingleton<GifStore>()
            .AddSingleton<GifQuota>()
            .AddSingleton<GifAnswers>()
            .AddSingleton<GifCopier>()
            .AddSingleton<GifCreator>()
            .AddSingleton<GifTrash>()
            .AddSingleton<FavoritesStore>()
            .AddSingleton<IAccountFollower, FavoritesFollower>()
            .AddSingleton<IGifFollower, FavoritesFollower>()
            .AddSingleton<ISweep, GifSweep>();
    }
}
