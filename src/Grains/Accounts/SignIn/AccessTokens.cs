namespace GifShare.Grains.Accounts;

/// <summary>Issues access tokens: JWS (RFC 7515) with ES256.</summary>
internal sealed class AccessTokens(SigningKeys keys, TimeProvider time)
{
    public async Task<(string Token, int Seconds)> Issue(UserId user, SessionId session)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var seconds = (int)AccountsOptions.AccessLife.TotalSeconds;
        var token = await keys.Sign($$"""{"iss":"gifshare","sub":"{{user}}","sid":"{{session}}","iat":{{now}},"exp":{{now + seconds}}}""");
        return (token, seconds);
    }
}
