using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace GifShare.Grains.Accounts;

/// <summary>What a refresh token says about itself.</summary>
internal sealed record RefreshToken(UserId User, SessionId Session, int Generation, byte[] Hash);

/// <summary>
/// Refresh tokens: base64url of user (16 bytes), session (16), generation (4), random (16) and a truncated HMAC-SHA256 over these (16). The
/// MAC proves that we made it, for every generation, without keeping the old ones: so an old token ends its family, a made-up one nothing.
/// </summary>
internal sealed class RefreshTokens(MasterKey master)
{
    private const int Signed = 52, Length = 68;
    private readonly byte[] key = master.Derive("gifshare/refresh/v1");

    public (string Token, byte[] Hash) Make(UserId user, SessionId session, int generation)
    {
        var bytes = new byte[Length];
        user.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        session.Value.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(32), generation);
        RandomNumberGenerator.Fill(bytes.AsSpan(36, 16));
        Mac(bytes.AsSpan(0, Signed), bytes.AsSpan(Signed));
        return (Base64Url.EncodeToString(bytes), SHA256.HashData(bytes));
    }

    public bool TryRead(string token, [NotNullWhen(true)] out RefreshToken? read)
    {
        read = null;
        Span<byte> bytes = stackalloc byte[Length];
        if (token.Length != 91 || !Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != Length)
            return false;
        Span<byte> mac = stackalloc byte[Length - Signed];
        Mac(bytes[..Signed], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[Signed..]))
            return false;
        read = new(
            new(new Guid(bytes[..16], bigEndian: true)),
            new(new Guid(bytes[16..32], bigEndian: true)),
            BinaryPrimitives.ReadInt32BigEndian(bytes[32..]),
            SHA256.HashData(bytes));
        return true;
    }

    private void Mac(ReadOnlySpan<byte> signed, Span<byte> mac)
    {
        Span<byte> whole = stackalloc byte[32];
        HMACSHA256.HashData(key, signed, whole);
        whole[..mac.Length].CopyTo(mac);
    }
}

internal enum RefreshVerdict
{
    /// <summary>The latest, or the one whose use made the latest while that is unused: hand out the next.</summary>
    Rotate,

    /// <summary>Replaced before it was used; nobody needs to be signed out for that.</summary>
    Refuse,

    /// <summary>Older than what was used since: somebody has a copy. Sign the session out.</summary>
    EndFamily,
}

/// <summary>
/// The refresh tokens of a session. A generation is handed out once; <see cref="Used"/> is the one whose use made <see cref="Latest"/>,
/// so a used token between the two was replaced because its answer got lost.
/// </summary>
internal sealed record RefreshFamily(int Latest, byte[] LatestHash, int? Used, byte[]? UsedHash)
{
    public RefreshVerdict Judge(RefreshToken token)
    {
        if (token.Generation == Latest)
            return Same(token.Hash, LatestHash) ? RefreshVerdict.Rotate : RefreshVerdict.Refuse;
        if (token.Generation == Used)
            return Same(token.Hash, UsedHash) ? RefreshVerdict.Rotate : RefreshVerdict.Refuse;
        return token.Generation < Used ? RefreshVerdict.EndFamily : RefreshVerdict.Refuse;
    }

    /// <summary>After <paramref name="used"/> was accepted and its successor handed out.</summary>
    public RefreshFamily Next(RefreshToken used, byte[] hash) => new(Latest + 1, hash, used.Generation, used.Hash);

    private static bool Same(byte[] a, byte[]? b) => b is not null && CryptographicOperations.FixedTimeEquals(a, b);
}
