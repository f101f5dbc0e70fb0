using GifShare.Grains.Operations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Accounts;

internal static class AccountsServices
{
    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(AccountsOptions.From(configuration))
        .AddSingleton<UserStore>()
        .AddSingleton<PasswordHashing>()
        .AddSingleton<AddressFailures>()
        .AddSingleton<SigningKeys>()
        .AddSingleton<AccessTokens>()
        .AddSingleton<RefreshTokens>()
        .AddSingleton<UserProfiles>()
        .AddSingleton<SessionUses>()
        .AddSingleton<AccountsTools>()
        .AddQueueGauge<PasswordHashing>("Password hashing", PasswordHashing.Queue, static queue => queue.Waiting)
        .AddQueueGauge<SessionUses>("Session use", GroupedWriter.Limit, static queue => queue.Waiting)
        .AddSingleton<ISweep, AccountsSweep>();
}
