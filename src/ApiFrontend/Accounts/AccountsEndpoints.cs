namespace GifShare.ApiFrontend.Accounts;

public static class AccountsEndpoints
{
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services;

    public static void MapAccounts(this IEndpointRouteBuilder v1) => v1.MapGroup("/accounts");
}
