using GifShare.Grains.Accounts;
using GifShare.Grains.Collections;
using GifShare.Grains.Gifs;
using GifShare.Grains.Media;
using GifShare.Grains.Media.Fetch;
using GifShare.Grains.Objects;
using GifShare.Grains.Operations;
using GifShare.ObjectStore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GifShare.Grains;

public static class GrainsServices
{
    /// <summary>Recounts every denormalized counter in one snapshot, while the product runs or not (<c>gifshare check</c>). Read-only.</summary>
    /// <returns>The differences, at most 1,000 per counter.</returns>
    public static Task<IReadOnlyList<Difference>> CheckCounters(string connectionString, CancellationToken cancel = default) =>
        CounterCheck.Run(connectionString, [.. MediaCounters.All, .. CollectionCounters.All], cancel);

    /// <summary>Compares rows with a store, while the product runs or not (<c>gifshare check</c>). Read-only.</summary>
    public static Task<FileCheck> CheckFiles(string connectionString, IObjectStore store, CancellationToken cancel = default) => FileCheck.Run(connectionString, store, cancel);

    /// <summary>Registers the services of grains: connection pool, keys, and one line per feature.</summary>
    public static IServiceCollection AddGifShareGrains(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => new MasterKey(configuration["Secrets:MasterKey"]));
        services.AddOptions<PostgresOptions>().BindConfiguration("Postgres").ValidateOnStart();
        services.AddSingleton(provider => new Postgres(
            configuration.GetConnectionString("GifShare") ?? throw new InvalidOperationException("ConnectionStrings:GifShare is not set: the address of a PostgreSQL database."),
            provider.GetRequiredService<IOptions<PostgresOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SilenceWatch>>()));
        services.AddSingleton<Cursors>();
        services.AddSingleton<Idempotency>();
        return services
            .AddObjects()
            .AddAccounts(configuration)
            .AddMedia()
            .AddFetching()
            .AddGifs()
            .AddCollections()
            .AddOperations();
    }
}
