using System.Security.Cryptography;
using System.Text;

namespace GifShare;

/// <summary>The secret token in a share link's address. Only its hash is stored and looked up.</summary>
public static class LinkTokens
{
    /// <summary>SHA-256 of the token, in lower-case hex.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
