using GifShare.Grains.Accounts;
using GifShare.Grains.Media;
using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Gifs;

internal static class GifsServices
{
    public static IServiceCollection AddGifs(this IServiceCollection services)
    {
        return services
            .AddSingleton<GifCards>()
            .AddSingleton<GifPresenter>()
            .AddSingleton<GifVisibility>()
            .AddSingleton<GifStore>()
            .AddSingleton<GifQuota>()
            .AddSingleton<GifAnswers>()
            .AddSingleton<GifCopier>()
            .AddSingleton<GifCreator>()
            .AddSingleton<MediaGifCreator>()
            .AddSingleton<GifMediaFollower>()
            .AddSingleton<IMediaFollower>(static provider => provider.GetRequiredService<GifMediaFollower>())
            .AddSingleton<IMediaAudience>(static provider => provider.GetRequiredService<GifMediaFollower>())
            .AddSingleton<ISweep>(static provider => provider.GetRequiredService<GifMediaFollower>())
            .AddSingleton<LostGifSweep>()
            .AddSingleton<ISweep>(static provider => provider.GetRequiredService<LostGifSweep>())
            .AddSingleton<GifTrash>()
            .AddSingleton<FavoritesStore>()
            .AddSingleton<IAccountFollower, FavoritesFollower>()
            .AddSingleton<IGifFollower, FavoritesFollower>()
            .AddSingleton<ISweep, GifSweep>();
    }
}
