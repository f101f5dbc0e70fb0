using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.ObjectStore;

/// <summary>
/// Signed, path-absolute addresses for stored bytes, valid in fixed windows of 15 minutes: an address made in one window is good until
/// the end of the next, so it lives 15 to 30 minutes, and all calls of one window give identical text, which keeps finished pages and
/// browser caches shareable.
/// <para>
/// Form: <c>/media/{key}?a={scope}.{window}.{mac}</c>. The MAC is HMAC-SHA256 over path, scope and window, cut to 128 bits, under a key
/// derived from the master key for this purpose alone. Rotating the master key ends all addresses at once.
/// </para>
/// </summary>
public sealed class AddressSigner
{
    /// <summary>The scope of a gif seen by itself rather than in a collection.</summary>
    public const string GifScope = "gif";

    public const string MediaPath = "/media/";
    const string Parameter = "?a=";
    const int MasterKeyLength = 32, MacLength = 16, MacChars = 22, MaxScope = 64;
    static readonly long s_windowTicks = TimeSpan.FromMinutes(15).Ticks;
    static readonly SearchValues<char> s_scopeChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    readonly byte[] _key;

    /// <param name="masterKey">32 secret random bytes, the same on every silo and frontend.</param>
    public AddressSigner(ReadOnlySpan<byte> masterKey)
    {
        if (masterKey.Length != MasterKeyLength)
            throw new ArgumentException($"The master key must have {MasterKeyLength} bytes.", nameof(masterKey));
        _key = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterKey, _key, [], "gifshare/media-address/v1"u8);
    }

    /// <summary>When addresses handed out at <paramref name="now"/> stop being what <see cref="Sign"/> returns: refresh finished pages then.</summary>
    public static DateTimeOffset WindowEnd(DateTimeOffset now) => Start(Window(now) + 1);

    /// <summary>When addresses handed out at <paramref name="now"/> stop working.</summary>
    public static DateTimeOffset Expiry(DateTimeOffset now) => Start(Window(now) + 2);

    /// <param name="key">An <see cref="ObjectKey"/> as text.</param>
    /// <param name="scope">What the address was handed out for: a collection's id or <see cref="GifScope"/>; 1..64 of A-Z a-z 0-9 - _.</param>
    public string Sign(string key, string scope, DateTimeOffset now) => SignPath(MediaPath + key, scope, now);

    /// <summary>Checks what arrived. Anything malformed, forged or expired is false, in the same time for every wrong MAC.</summary>
    /// <param name="key">The key from the path.</param>
    /// <param name="signature">The value of the query parameter <c>a</c>.</param>
    public bool TryVerify(string? key, string? signature, DateTimeOffset now, [NotNullWhen(true)] out string? scope, out DateTimeOffset expires) =>
        TryVerifyPath(MediaPath + key, signature, now, out scope, out expires);

    /// <summary>The same for any path of ours.</summary>
    public string SignPath(string path, string scope, DateTimeOffset now)
    {
        if (!IsScope(scope))
            throw new ArgumentException("A scope is 1 to 64 of A-Z a-z 0-9 - _", nameof(scope));
        var window = Window(now) + 2;
        return string.Create(CultureInfo.InvariantCulture, $"{path}{Parameter}{scope}.{window}.{Mac(path, scope, window)}");
    }

    public bool TryVerifyPath(string path, string? signature, DateTimeOffset now, [NotNullWhen(true)] out string? scope, out DateTimeOffset expires)
    {
        (scope, expires) = (null, default);
        if (signature is null || signature.Length > MaxScope + MacChars + 22 || signature.Split('.') is not [var given, var end, var mac])
            return false;
        if (!IsScope(given) || mac.Length != MacChars || !long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var window))
            return false;
        // One canonical text per address: no leading zeros. The signer's clock may be one window ahead of ours, not more.
        var current = Window(now);
        if (window <= current || window > current + 3 || end[0] == '0')
            return false;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(Mac(path, given, window))))
            return false;
        (scope, expires) = (given, Start(window));
        return true;
    }

    string Mac(string path, string scope, long window)
    {
        // The scope has no newline and no dot, so no two triples share one text.
        var text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{scope}\n{window}\n{path}"));
        Span<byte> mac = stackalloc byte[32];
        HMACSHA256.HashData(_key, text, mac);
        return Base64Url.EncodeToString(mac[..MacLength]);
    }

    static bool IsScope(string scope) => scope.Length is > 0 and <= MaxScope
        && !scope.AsSpan().ContainsAnyExcept(s_scopeChars);

    static long Window(DateTimeOffset now) => now.UtcTicks / s_windowTicks;

    static DateTimeOffset Start(long window) => new(window * s_windowTicks, TimeSpan.Zero);
}
