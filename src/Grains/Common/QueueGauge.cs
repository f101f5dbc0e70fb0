using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains;

/// <summary>A bounded queue of this silo that operators see.</summary>
public sealed record QueueGauge(string Name, Func<int> Waiting, int Limit);

internal static class QueueGauges
{
    public static IServiceCollection AddQueueGauge<T>(this IServiceCollection services, string name, int limit, Func<T, int> waiting)
        where T : notnull => services.AddSingleton(provider =>
        {
            var queue = provider.GetRequiredService<T>();
            return new QueueGauge(name, () => waiting(queue), limit);
        });
}
