using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.ObjectStore;

public static class ConfiguredObjectStore
{
    /// <summary>The store and the signer that the settings name: <c>ObjectStore:Folder</c> and <c>Secrets:MasterKey</c> (32 bytes, base64).</summary>
    public static IServiceCollection AddConfiguredObjectStore(this IServiceCollection services, IConfiguration configuration)
    {
        var folder = configuration["ObjectStore:Folder"]
            ?? throw new InvalidOperationException("ObjectStore:Folder is not set: the folder that holds the files, shared by all frontends and silos.");
        return services
            .AddFolderObjectStore(new FolderObjectStoreOptions { Path = folder })
            .AddAddressSigner(_ => Convert.FromBase64String(
                configuration["Secrets:MasterKey"] ?? throw new InvalidOperationException("Secrets:MasterKey is not set: 32 random bytes as base64.")));
    }
}
