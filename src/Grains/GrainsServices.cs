using GifShare.Grains.Accounts;
using GifShare.Grains.Collections;
using GifShare.Grains.Gifs;
using GifShare.Grains.Objects;
using GifShare.Grains.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GifShare.Grains;

public static class GrainsServices
{
    /// <summary>Recounts everything that is counted, in one snapshot, also while the product runs (<c>gifshare check</c>). Changes nothing.</summary>
    /// <returns>Differences, at most 1,000 of each counter.</returns>
    public static Task<IReadOnlyList<Difference>> CheckCounters(string connectionString, CancellationToken cancel = default) =>
        CounterCheck.Run(connectionString, [.. GifCounters.All, .. CollectionCounters.All], cancel);

    /// <summary>What grains are given: one pool, one set of keys, and one line per feature.</summary>
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
        services.AddSingleton<ObjectKeeper>();
        services.AddSingleton<ISweep, ObjectSweep>();
        return services
            .AddAccounts(configuration)
            .AddGifs()
            .AddCollections()
            .AddOperations();
    }
}
