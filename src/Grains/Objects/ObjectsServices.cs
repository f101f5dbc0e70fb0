using GifShare.Grains.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Objects;

internal static class ObjectsServices
{
    public static IServiceCollection AddObjects(this IServiceCollection services)
    {
        services.AddOptions<StorageOptions>().BindConfiguration("Storage")
            .Validate(options => options.QuotaPerUser >= 0, "Storage:QuotaPerUser is a number of bytes and cannot be negative.")
            .ValidateOnStart();
        return services
            .AddSingleton<ObjectKeeper>()
            .AddSingleton<StorageQuota>()
            .AddSingleton<ISweep, ObjectSweep>()
            .AddSingleton<ISweep, ObjectReconciler>();
    }
}
