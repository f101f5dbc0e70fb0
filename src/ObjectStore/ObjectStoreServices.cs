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

    /// <param name="masterKey">Returns 32 secret bytes, the same on every silo and frontend; called lazily, at the first signing or verification.</param>
    public static IServiceCollection AddAddressSigner(this IServiceCollection services, Func<IServiceProvider, ReadOnlyMemory<byte>> masterKey) =>
        services.AddSingleton(s => new AddressSigner(masterKey(s).Span));
}
