using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GifShare.ObjectStore;

public static class ObjectStoreServices
{
    /// <summary>
    /// The folder store as <see cref="IObjectStore"/> and <see cref="IPartReceiver"/>, and an <see cref="UploadReader"/> upon it.
    /// Needs an <see cref="AddressSigner"/>.
    /// </summary>
    public static IServiceCollection AddFolderObjectStore(this IServiceCollection services, FolderObjectStoreOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<FolderObjectStore>();
        services.AddSingleton<IObjectStore>(s => s.GetRequiredService<FolderObjectStore>());
        services.AddSingleton<IPartReceiver>(s => s.GetRequiredService<FolderObjectStore>());
        services.AddSingleton<UploadReader>();
        return services;
    }

    /// <param name="masterKey">32 secret bytes, the same everywhere; asked for when the first address is signed or checked.</param>
    public static IServiceCollection AddAddressSigner(this IServiceCollection services, Func<IServiceProvider, ReadOnlyMemory<byte>> masterKey) =>
        services.AddSingleton(s => new AddressSigner(masterKey(s).Span));
}
