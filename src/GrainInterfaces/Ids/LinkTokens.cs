using System.Security.Cryptography;
using System.Text;

namespace GifShare;

/// <summary>The token of a share link, the secret in its address: what is stored and looked up is its hash.</summary>
public static class LinkTokens
{
    /// <summary>SHA-256 of the token, in lower-case hex.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
