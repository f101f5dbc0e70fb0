using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GifShare.Grains.Media.Fetch;

public static class FetchServices
{
    /// <summary>Adds <see cref="AddressFetcher"/> with the settings <c>Fetch:*</c>. Needs an object store, <see cref="TimeProvider"/> and <see cref="IConfiguration"/>.</summary>
    public static IServiceCollection AddFetching(this IServiceCollection services)
    {
        services.AddOptions<FetchOptions>().BindConfiguration("Fetch")
            .Configure<IConfiguration>(static (options, configuration) =>
            {
                if (configuration["Fetch:AllowNetworks"] is { } text)
                    options.AllowNetworks = text.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            })
            .ValidateOnStart();
        services.TryAddSingleton<IHostResolver, SystemResolver>();
        return services
            .AddSingleton<IValidateOptions<FetchOptions>, FetchOptionsCheck>()
            .AddSingleton<AddressRules>()
            .AddSingleton<Routes>()
            .AddSingleton<FetchSlots>()
            .AddSingleton(provider => new OutgoingHttp(
                provider.GetRequiredService<AddressRules>(),
                provider.GetRequiredService<IOptions<FetchOptions>>(),
                provider.GetRequiredService<TimeProvider>(),
                (provider.GetRequiredService<IConfiguration>()["PublicUrl"] ?? "http://localhost:8080").TrimEnd('/')))
            .AddSingleton<Downloads>()
            .AddSingleton<AddressFetcher>();
    }

    sealed class FetchOptionsCheck : IValidateOptions<FetchOptions>
    {
        public ValidateOptionsResult Validate(string? name, FetchOptions options) =>
            options.Problem() is { } problem ? ValidateOptionsResult.Fail(problem) : ValidateOptionsResult.Success;
    }
}
