using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace GifShare.Grains.Accounts;

/// <summary>The contents of a refresh token.</summary>
internal sealed record RefreshToken(UserId User, SessionId Session, int Generation, byte[] Hash);

/// <summary>
/// Refresh tokens: base64url of user (16 bytes), session (16), generation (4), secret (16) and a truncated HMAC-SHA256 over these (16). The
/// HMAC authenticates tokens of every generation without storing old ones: reuse of an old token ends its session, a forged one has no effect. The
/// secret is an HMAC-SHA256 of the parts before it under another key, so each generation has exactly one token, which can be issued again.
/// </summary>
internal sealed class RefreshTokens(MasterKey master)
{
    private const int Named = 36, Signed = 52, Length = 68;
    private readonly byte[] key = master.Derive("gifshare/refresh/v1"), secretKey = master.Derive("gifshare/refresh-secret/v1");

    public (string Token, byte[] Hash) Make(UserId user, SessionId session, int generation)
    {
        var bytes = new byte[Length];
        user.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        session.Value.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(32), generation);
        Mac(secretKey, bytes.AsSpan(0, Named), bytes.AsSpan(Named, Signed - Named));
        Mac(key, bytes.AsSpan(0, Signed), bytes.AsSpan(Signed));
        return (Base64Url.EncodeToString(bytes), SHA256.HashData(bytes));
    }

    public bool TryRead(string token, [NotNullWhen(true)] out RefreshToken? read)
    {
        read = null;
        Span<byte> bytes = stackalloc byte[Length];
        if (token.Length != 91 || !Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != Length)
            return false;
        Span<byte> mac = stackalloc byte[Length - Signed];
        Mac(key, bytes[..Signed], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[Signed..]))
            return false;
        read = new(
            new(new Guid(bytes[..16], bigEndian: true)),
            new(new Guid(bytes[16..32], bigEndian: true)),
            BinaryPrimitives.ReadInt32BigEndian(bytes[32..]),
            SHA256.HashData(bytes));
        return true;
    }

    private static void Mac(byte[] key, ReadOnlySpan<byte> signed, Span<byte> mac)
    {
        Span<byte> whole = stackalloc byte[32];
        HMACSHA256.HashData(key, signed, whole);
        whole[..mac.Length].CopyTo(mac);
    }
}

internal enum RefreshVerdict
{
    /// <summary>The latest token: issue the next one.</summary>
    Rotate,

    /// <summary>The predecessor of the latest token, used within the grace period (a lost answer, or two tabs): issue the latest again.</summary>
    Repeat,

    /// <summary>A token that was never issued: refuse it, and keep the session.</summary>
    Refuse,

    /// <summary>Reuse of an old token after the grace period: it was copied. End the session.</summary>
    EndFamily,
}

/// <summary>
/// The refresh-token family of a session. <see cref="Used"/> is the generation whose use created <see cref="Latest"/>. Generations between them come
/// from older versions of this program, which replaced a token whose answer was lost.
/// </summary>
internal sealed record RefreshFamily(int Latest, byte[] LatestHash, int? Used, byte[]? UsedHash)
{
    /// <summary>Grace period in which a used token gets the same successor again.</summary>
    public static readonly TimeSpan Repeatable = TimeSpan.FromSeconds(30);

    /// <param name="age">The age of the latest token.</param>
    public RefreshVerdict Judge(RefreshToken token, TimeSpan age)
    {
        if (token.Generation == Latest)
            return Same(token.Hash, LatestHash) ? RefreshVerdict.Rotate : RefreshVerdict.Refuse;
        if (token.Generation == Used)
            return !Same(token.Hash, UsedHash) ? RefreshVerdict.Refuse : age <= Repeatable ? RefreshVerdict.Repeat : RefreshVerdict.EndFamily;
        return token.Generation < Used ? RefreshVerdict.EndFamily : RefreshVerdict.Refuse;
    }

    /// <summary>The family after <paramref name="used"/> was accepted and its successor issued.</summary>
    public RefreshFamily Next(RefreshToken used, byte[] hash) => new(Latest + 1, hash, used.Generation, used.Hash);

    private static bool Same(byte[] a, byte[]? b) => b is not null && CryptographicOperations.FixedTimeEquals(a, b);
}
