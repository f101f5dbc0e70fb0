using System.Diagnostics.CodeAnalysis;
using GifShare.Accounts;

namespace GifShare.Grains.Accounts;

/// <summary>Creates sessions, and the answers with their tokens.</summary>
internal sealed class SessionIssuer(RefreshTokens refreshing, AccessTokens access, LoginAddresses addresses, UserProfiles profiles, TimeProvider time)
{
    /// <summary>A new session, not yet stored.</summary>
    public NewSession Make(UserId user, ClientInfo client)
    {
        var (now, session) = (time.Now(), SessionId.New());
        var (token, hash) = refreshing.Make(user, session, 1);
        return new(new(session, new(1, hash, null, null), client.UserAgent, client.Address, now, now, now + AccountsOptions.RefreshLife), token, addresses.MarkOf(user, client.Address));
    }

    /// <inheritdoc cref="RefreshTokens.Make"/>
    public (string Token, byte[] Hash) RefreshTokenOf(UserId user, SessionId session, int generation) => refreshing.Make(user, session, generation);

    /// <summary>False when the token is not authentic.</summary>
    public bool TryRead(string token, [NotNullWhen(true)] out RefreshToken? read) => refreshing.TryRead(token, out read);

    /// <summary>The answer with this session's latest refresh token and a new access token.</summary>
    public async Task<Result<SignedIn>> Answer(UserMemory memory, UserSession session, string refresh)
    {
        var (token, seconds) = await access.Issue(memory.Id, session.Id);
        return new SignedIn(await profiles.ForSelf(memory), token, refresh, seconds, session.Id);
    }
}

/// <param name="Refresh">The first refresh token.</param>
/// <param name="Mark">The mark of the client's address (<see cref="LoginAddresses"/>).</param>
internal sealed record NewSession(UserSession Session, string Refresh, string Mark);
