using GifShare.Accounts;
using GifShare.Grains.Operations;

namespace GifShare.Grains.Accounts;

/// <summary>Asks the account's grain whether the session is live and its user an administrator.</summary>
internal sealed class Administrators(IGrainFactory grains) : IAdministrators
{
    public async Task<bool> Includes(UserId user, SessionId session) =>
        await grains.User(user).Admit(session, RequestKind.Read) is { SessionAlive: true, IsAdmin: true };
}
