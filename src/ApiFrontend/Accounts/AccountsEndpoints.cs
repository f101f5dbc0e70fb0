using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GifShare.ApiFrontend.Accounts;

public static class AccountsEndpoints
{
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<AccessTokenVerifier>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder v1) => v1.MapGroup("/accounts");
}
