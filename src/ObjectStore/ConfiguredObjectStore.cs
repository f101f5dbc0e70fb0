using GifShare.ObjectStore.Images;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GifShare.ObjectStore;

public static class ConfiguredObjectStore
{
    /// <summary>
    /// Adds the object store that <c>ObjectStore:Kind</c> names, <c>Folder</c> (the default) or <c>S3</c> with the settings of
    /// <see cref="FolderObjectStoreOptions"/> and <see cref="S3Options"/>, with the other one behind it while <c>ObjectStore:Previous</c> names that
    /// (<see cref="MovingObjectStore"/>); the URL signer from <c>Secrets:MasterKey</c> (32 bytes, base64); and the image
    /// limits from <c>Images</c>.
    /// </summary>
    /// <exception cref="OptionsValidationException">A setting is missing or wrong; its failures are sentences for the operator.</exception>
    public static IServiceCollection AddConfiguredObjectStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ImageOptions>().Bind(configuration.GetSection("Images"))
            .Validate(static o => o is { MaxMegapixels: > 0, MaxAnimationMegapixels: > 0 }, "Images: MaxMegapixels and MaxAnimationMegapixels are positive numbers.")
            .ValidateOnStart();
        var kind = Kind(configuration, "ObjectStore:Kind") ?? "Folder";
        AddStore(services, kind, configuration);
        if (Kind(configuration, "ObjectStore:Previous") is { } previous)
        {
            if (previous == kind)
                throw Wrong("ObjectStore:Previous names the store that the files are moved from; it cannot be the one of ObjectStore:Kind.");
            AddStore(services, previous, configuration);
            services.AddSingleton(s => previous == "Folder"
                ? new MovingObjectStore(s.GetRequiredService<S3ObjectStore>(), s.GetRequiredService<FolderObjectStore>())
                : new MovingObjectStore(s.GetRequiredService<FolderObjectStore>(), s.GetRequiredService<S3ObjectStore>()));
            services.AddSingleton<IObjectStore>(static s => s.GetRequiredService<MovingObjectStore>());
        }

        return services.AddAddressSigner(_ => Convert.FromBase64String(
            configuration["Secrets:MasterKey"] ?? throw new InvalidOperationException("Secrets:MasterKey is not set: 32 random bytes as base64.")));
    }

    static void AddStore(IServiceCollection services, string kind, IConfiguration configuration)
    {
        if (kind == "S3")
            services.AddS3ObjectStore(ReadS3(configuration), configuration["PublicUrl"]);
        else
            services.AddFolderObjectStore(Folder(configuration));
    }

    static string? Kind(IConfiguration configuration, string name) => configuration[name]?.ToUpperInvariant() switch
    {
        null or "" => null,
        "FOLDER" => "Folder",
        "S3" => "S3",
        _ => throw Wrong($"{name} must be Folder or S3."),
    };

    static FolderObjectStoreOptions Folder(IConfiguration configuration)
    {
        var options = new FolderObjectStoreOptions
        {
            Path = configuration["ObjectStore:Folder"]
                ?? throw Wrong("ObjectStore:Folder is not set: the folder that holds the files, shared by all frontends and silos."),
        };
        if (MinimumFree(configuration) is not { } reserve)
            return options;
        return reserve >= 0
            ? new FolderObjectStoreOptions { Path = options.Path, MinimumFreeBytes = reserve }
            : throw Wrong("ObjectStore:MinimumFreeBytes is a number of bytes and cannot be negative.");
    }

    /// <summary>The settings of the bucket, whichever store is used.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing or wrong; its failures are sentences for the operator.</exception>
    public static S3Options ReadS3(IConfiguration configuration)
    {
        var options = configuration.GetSection("ObjectStore:S3").Get<S3Options>() ?? new();
        options.MinimumFreeBytes = MinimumFree(configuration) ?? options.MinimumFreeBytes;
        List<string> problems = [.. options.Problems()];
        if (options.Direct && string.IsNullOrEmpty(configuration["PublicUrl"]))
            problems.Add($"{S3Options.Section}:Direct needs PublicUrl: the address of the pages that send to the store.");
        return problems.Count == 0 ? options : throw Wrong([.. problems]);
    }

    static long? MinimumFree(IConfiguration configuration) => configuration.GetValue<long?>("ObjectStore:MinimumFreeBytes");

    static OptionsValidationException Wrong(params string[] sentences) => new("ObjectStore", typeof(S3Options), sentences);
}
