using GifShare.ObjectStore.Images;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.ObjectStore;

public static class ConfiguredObjectStore
{
    /// <summary>
    /// Adds the object store and the URL signer from the settings <c>ObjectStore:Folder</c>, <c>ObjectStore:MinimumFreeBytes</c> and
    /// <c>Secrets:MasterKey</c> (32 bytes, base64), and the image limits from <c>Images</c>.
    /// </summary>
    public static IServiceCollection AddConfiguredObjectStore(this IServiceCollection services, IConfiguration configuration)
    {
        var folder = configuration["ObjectStore:Folder"]
            ?? throw new InvalidOperationException("ObjectStore:Folder is not set: the folder that holds the files, shared by all frontends and silos.");
        services.AddOptions<ImageOptions>().Bind(configuration.GetSection("Images"))
            .Validate(static o => o is { MaxMegapixels: > 0, MaxAnimationMegapixels: > 0 }, "Images: MaxMegapixels and MaxAnimationMegapixels are positive numbers.")
            .ValidateOnStart();
        var options = new FolderObjectStoreOptions { Path = folder };
        if (configuration.GetValue<long?>("ObjectStore:MinimumFreeBytes") is { } reserve)
            options = reserve >= 0
                ? new FolderObjectStoreOptions { Path = folder, MinimumFreeBytes = reserve }
                : throw new InvalidOperationException("ObjectStore:MinimumFreeBytes is a number of bytes and cannot be negative.");
        return services
            .AddFolderObjectStore(options)
            .AddAddressSigner(_ => Convert.FromBase64String(
                configuration["Secrets:MasterKey"] ?? throw new InvalidOperationException("Secrets:MasterKey is not set: 32 random bytes as base64.")));
    }
}
