using GifShare.Grains.Media.Tus;
using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GifShare.Grains.Media;

internal static class MediaServices
{
    public static IServiceCollection AddMedia(this IServiceCollection services)
    {
        services.AddOptions<MediaOptions>().BindConfiguration("Media")
            .Validate(static o => o.PartBytes is >= 5 << 20 and <= 64 << 20, "Media:PartBytes is a number of bytes from 5 MB (5242880) to 64 MB (67108864).")
            .Validate(static o => o.MaxFileBytes is >= 1 and <= 2L << 30, "Media:MaxFileBytes is a number of bytes of at most 2 GB (2147483648).")
            .Validate(static o => o is { ExpireHours: >= 1 and <= 48, UnusedDays: >= 1, MaxUnusedPerUser: >= 1 }, "Media: ExpireHours is 1 to 48; UnusedDays and MaxUnusedPerUser are positive.")
            .ValidateOnStart();
        services.TryAddSingleton<ObjectStore.UploadReader>();
        services.AddHostedService<MediaReader>();
        return services
            .AddSingleton<MediaPresenter>()
            .AddSingleton<MediaStore>()
            .AddSingleton<MediaObjects>()
            .AddSingleton<MediaCreator>()
            .AddSingleton<ChunkStore>()
            .AddSingleton<ChunkEditor>()
            .AddSingleton<MediaEditors>()
            .AddSingleton<MediaQueue>()
            .AddSingleton<UploadFinder>()
            .AddSingleton<ISweep, MediaSweep>();
    }
}
