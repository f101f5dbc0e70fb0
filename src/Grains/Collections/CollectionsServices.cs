using GifShare.Grains.Accounts;
using GifShare.Grains.Gifs;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Collections;

internal static class CollectionsServices
{
    public static IServiceCollection AddCollections(this IServiceCollection services)
    {
        services.AddOptions<CollectionsOptions>().BindConfiguration("Collections")
            .Validate(options => options.PageCacheBytes >= 1024 * 1024, "Collections:PageCacheBytes must be at least 1048576 (1 MB).")
            .Validate(options => options.ViewFlushMilliseconds is >= 1 and <= 900, "Collections:ViewFlushMilliseconds must be 1 to 900.")
            .ValidateOnStart();
        services.AddSingleton(provider => new PublicUrl((provider.GetRequiredService<IConfiguration>()["PublicUrl"] ?? "http://localhost:8080").TrimEnd('/')));
        services.AddSingleton<ViewWriter>().AddHostedService(provider => provider.GetRequiredService<ViewWriter>());
        services.AddSingleton<CardChanges>().AddHostedService(provider => provider.GetRequiredService<CardChanges>());
        return services
            .AddSingleton<CollectionStore>()
            .AddSingleton<PageRows>()
            .AddSingleton<IGifAudience, CollectionAudience>()
            .AddSingleton<CollectionLists>()
            .AddSingleton<ItemWriter>()
            .AddSingleton<LikeWriter>()
            .AddSingleton<CardReader>()
            .AddSingleton<LinkStore>()
            .AddSingleton<LinkSecrets>()
            .AddSingleton(provider => new LinkPasswords(provider.GetRequiredService<PasswordHashing>(), provider.GetRequiredService<AccountsOptions>()))
            .AddSingleton<LinkPresenter>()
            .AddSingleton<LinkEditor>()
            .AddSingleton<LinkUnlocker>()
            .AddSingleton<PageCache>()
            .AddSingleton<PageMaker>()
            .AddSingleton<CollectionEditor>()
            .AddSingleton<ItemEditor>()
            .AddSingleton<AppendEditor>()
            .AddSingleton<CollectionCopier>()
            .AddSingleton<CollectionReader>()
            .AddSingleton<CollectionQueries>()
            .AddSingleton<CollectionEdits>()
            .AddSingleton<CollectionReads>()
            .AddSingleton<CollectionLoader>()
            .AddSingleton<IAccountFollower, CollectionFollower>()
            .AddSingleton<IGifFollower, CollectionFollower>()
            .AddSingleton(provider =>
            {
                var cache = provider.GetRequiredService<PageCache>();
                return new CacheGauge(() => new(cache.Bytes, cache.Limit, cache.Hits.Value, cache.Misses.Value));
            })
            .AddQueueGauge<ItemWriter>("Item writes", GroupedWriter.Limit, static queue => queue.Waiting)
            .AddQueueGauge<LikeWriter>("Like writes", GroupedWriter.Limit, static queue => queue.Waiting)
            .AddQueueGauge<ViewWriter>("View writes", GroupedWriter.Limit, static queue => queue.Waiting)
            .AddQueueGauge<CardReader>("Card reads", GroupedWriter.Limit, static queue => queue.Waiting)
            .AddSingleton<ISweep, CollectionSweep>();
    }
}
