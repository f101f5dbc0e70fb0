using GifShare.ObjectStore;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Accounts;

/// <summary>The singletons that user grains share; one reference per activation instead of ten.</summary>
internal sealed record AccountsTools(
    UserStore Store,
    PasswordHashing Hashing,
    AccessTokens Access,
    RefreshTokens Refreshing,
    UserProfiles Profiles,
    SessionUses Uses,
    AccountsOptions Options,
    Cursors Cursors,
    Idempotency Idempotency,
    IObjectStore Objects,
    TimeProvider Time)
{
    public static AccountsTools From(IServiceProvider services) => services.GetRequiredService<AccountsTools>();
}
