using System.Security.Cryptography;
using System.Text;

namespace GifShare.Grains.Secrets;

/// <summary>
/// Encrypts secrets that are stored in rows: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, a key per purpose, and the row's identity as
/// associated data, so that an encrypted value is refused in another row. Layout: version 1, nonce 12, tag 16, ciphertext.
/// </summary>
public sealed class SecretBox(MasterKey master, string purpose)
{
    private const byte Version = 1;
    private readonly byte[] key = master.Derive($"gifshare/seal/{purpose}/v1");

    public byte[] Close(ReadOnlySpan<byte> plain, string identity)
    {
        var sealedBytes = new byte[29 + plain.Length];
        sealedBytes[0] = Version;
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(1, 12));
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(sealedBytes.AsSpan(1, 12), plain, sealedBytes.AsSpan(29), sealedBytes.AsSpan(13, 16), Encoding.UTF8.GetBytes(identity));
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">Not sealed by this key for this identity.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBytes, string identity)
    {
        if (sealedBytes.Length < 29 || sealedBytes[0] != Version)
            throw new CryptographicException("Not a sealed value.");
        var plain = new byte[sealedBytes.Length - 29];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(sealedBytes.Slice(1, 12), sealedBytes[29..], sealedBytes.Slice(13, 16), plain, Encoding.UTF8.GetBytes(identity));
        return plain;
    }
}
