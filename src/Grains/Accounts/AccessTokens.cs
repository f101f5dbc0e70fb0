using System.Buffers.Text;
using System.Text;

namespace GifShare.Grains.Accounts;

/// <summary>
/// Issues access tokens: JWS (RFC 7515) with ES256, always in this one form, which the frontends' verifier knows by heart.
/// </summary>
internal sealed class AccessTokens(SigningKeys keys, TimeProvider time)
{
    public async Task<(string Token, int Seconds)> Issue(UserId user, SessionId session)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var seconds = (int)AccountsOptions.AccessLife.TotalSeconds;
        var claims = Encode($$"""{"iss":"gifshare","sub":"{{user}}","sid":"{{session}}","iat":{{now}},"exp":{{now + seconds}}}""");
        var token = await keys.Sign(keyId => Encode($$"""{"alg":"ES256","typ":"JWT","kid":"{{keyId}}"}""") + "." + claims);
        return (token, seconds);
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
