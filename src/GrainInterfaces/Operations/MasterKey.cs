using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace GifShare;

/// <summary>
/// The root secret of the installation (setting <c>Secrets:MasterKey</c>, 32 bytes in base64), the same on silos and frontends.
/// Used only to derive one key per purpose (HKDF-SHA256, RFC 5869).
/// </summary>
public sealed class MasterKey
{
    private readonly byte[] key;

    /// <exception cref="OptionsValidationException">The setting is missing or is not 32 bytes in base64.</exception>
    public MasterKey(string? base64)
    {
        var bytes = new byte[33];
        if (base64 is null || !Convert.TryFromBase64String(base64, bytes, out var length) || length != 32)
            throw new OptionsValidationException(
                nameof(MasterKey), typeof(MasterKey), ["Secrets:MasterKey must be 32 random bytes in base64 (make one with: openssl rand -base64 32)."]);
        key = bytes[..32];
    }

    /// <summary>The 32-byte key for a purpose, whose name has a version, such as <c>gifshare/cursor/v1</c>.</summary>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, info: Encoding.UTF8.GetBytes(purpose));
}
