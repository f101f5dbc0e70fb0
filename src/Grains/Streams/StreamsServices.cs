using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GifShare.Grains.Streams;

/// <summary>A sharded stream of some feature. Without one, silos run no streams.</summary>
public record ShardedStream(string Name)
{
    /// <summary>The Orleans stream provider of all sharded streams.</summary>
    public const string Provider = "Streams";
}

/// <summary>A sharded stream and the type of its events.</summary>
public sealed record ShardedStream<T>(string Name) : ShardedStream(Name);

public static class StreamsServices
{
    /// <summary>
    /// Adds a stream: each silo publishes with <see cref="ShardPublisher{T}"/>, and every registered <see cref="IShardListener{T}"/> receives
    /// the events. Silos run streams only if some feature calls this.
    /// </summary>
    /// <param name="name">The stream's name in the cluster; must never change.</param>
    public static IServiceCollection AddShardedStream<T>(this IServiceCollection services, string name)
    {
        var stream = new ShardedStream<T>(name);
        services.TryAddSingleton<StreamFigures>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<StreamsOptions>().BindConfiguration("Streams")
            .Validate(static options => options.Provider is StreamsOptions.Memory or StreamsOptions.AdoNet, $"Streams:Provider must be {StreamsOptions.Memory} or {StreamsOptions.AdoNet}.")
            .Validate(static options => options.CheckSeconds is >= 1 and <= 3600, "Streams:CheckSeconds must be 1 to 3600.")
            .ValidateOnStart();
        return services
            .AddSingleton<ShardedStream>(stream)
            .AddSingleton(stream)
            .AddSingleton<ShardPublisher<T>>()
            .AddSingleton<ShardSubscriber<T>>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<ShardPublisher<T>>())
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<ShardSubscriber<T>>());
    }
}
