using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Accounts;

internal static class AccountsServices
{
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services;
}
