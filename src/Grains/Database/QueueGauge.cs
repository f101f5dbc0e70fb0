using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Database;

/// <summary>A bounded queue of this silo, shown on <c>/ops</c>.</summary>
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
