using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GifShare.ObjectStore;

public static class ObjectStoreServices
{
    /// <summary>Adds the folder store as <see cref="IObjectStore"/>, and an <see cref="UploadReader"/> that uses it.</summary>
    public static IServiceCollection AddFolderObjectStore(this IServiceCollection services, FolderObjectStoreOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<FolderObjectStore>();
        services.AddSingleton<IObjectStore>(s => s.GetRequiredService<FolderObjectStore>());
        services.AddSingleton<UploadReader>();
        return services;
    }

    /// <summary>
    /// Adds the S3 store as <see cref="IObjectStore"/>, an <see cref="UploadReader"/> that uses it, and a hosted service that prepares the bucket.
    /// </summary>
    /// <param name="publicUrl">Where the pages come from that send to the store themselves, with <see cref="S3Options.Direct"/>.</param>
    public static IServiceCollection AddS3ObjectStore(this IServiceCollection services, S3Options options, string? publicUrl)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(new S3Origin((publicUrl ?? "").TrimEnd('/')));
        services.AddSingleton<S3ObjectStore>();
        services.AddSingleton<S3Events>();
        services.AddSingleton<IObjectStore>(s => s.GetRequiredService<S3ObjectStore>());
        services.AddSingleton<UploadReader>();
        services.AddHostedService<BucketPreparation>();
        return services;
    }

    /// <param name="masterKey">Returns 32 secret bytes, the same on every silo and frontend; called lazily, at the first signing or verification.</param>
    public static IServiceCollection AddAddressSigner(this IServiceCollection services, Func<IServiceProvider, ReadOnlyMemory<byte>> masterKey) =>
        services.AddSingleton(s => new AddressSigner(masterKey(s).Span));
}
