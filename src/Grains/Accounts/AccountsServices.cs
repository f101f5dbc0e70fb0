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
        .AddSingleton<LoginAddresses>()
        .AddSingleton<SigningKeys>()
        .AddSingleton<AccessTokens>()
        .AddSingleton<RefreshTokens>()
        .AddSingleton<SessionIssuer>()
        .AddSingleton<SessionStore>()
        .AddSingleton<SessionEditor>()
        .AddSingleton<SessionReader>()
        .AddSingleton<SessionUses>()
        .AddSingleton<SessionAdmissions>()
        .AddSingleton<PasswordGuard>()
        .AddSingleton<ProfileStore>()
        .AddSingleton<UserProfiles>()
        .AddSingleton<ProfileEditor>()
        .AddSingleton<AvatarEditor>()
        .AddSingleton<RegistrationEditor>()
        .AddSingleton<AccountEditor>()
        .AddSingleton<RowQuotas>()
        .AddSingleton<UserEdits>()
        .AddSingleton<UserReads>()
        .AddQueueGauge<PasswordHashing>("Password hashing", PasswordHashing.Queue, static queue => queue.Waiting)
        .AddQueueGauge<SessionUses>("Session use", GroupedWriter.Limit, static queue => queue.Waiting)
        .AddSingleton<IAdministrators, Administrators>()
        .AddSingleton<ISweep, AccountsSweep>();
}
