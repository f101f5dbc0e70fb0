using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.ObjectStore;

/// <summary>
/// Signs and verifies path-absolute URLs of stored files. Time is divided into windows of 15 minutes: a URL signed in one window is valid until the
/// end of the next, so for 15 to 30 minutes. Signing the same key within one window yields the same text, so that rendered pages and browser caches
/// can reuse it.
/// <para>
/// Form: <c>/media/{key}?a={scope}.{window}.{mac}</c>. The MAC is HMAC-SHA256 over path, scope and window, truncated to 128 bits, under a key
/// derived from the master key for this purpose alone. A new master key invalidates all URLs.
/// </para>
/// </summary>
/// <remarks>
/// Replaces ASP.NET Core's Data Protection (<c>ITimeLimitedDataProtector</c>) and S3's presigned URLs: both yield a different text for each call, which
/// defeats page and browser caches.
/// </remarks>
public sealed class AddressSigner
{
    /// <summary>The scope of a GIF that is shown outside of a collection.</summary>
    public const string GifScope = "gif";

    public const string MediaPath = "/media/";
    const string Parameter = "?a=";
    const int MasterKeyLength = 32, MacLength = 16, MacChars = 22, MaxScope = 64;
    static readonly long WindowTicks = TimeSpan.FromMinutes(15).Ticks;
    static readonly SearchValues<char> ScopeChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    readonly byte[] key;

    /// <param name="masterKey">32 secret random bytes, the same on every silo and frontend.</param>
    public AddressSigner(ReadOnlySpan<byte> masterKey)
    {
        if (masterKey.Length != MasterKeyLength)
            throw new ArgumentException($"The master key must have {MasterKeyLength} bytes.", nameof(masterKey));
        key = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterKey, key, [], "gifshare/media-address/v1"u8);
    }

    /// <summary>The time from which <see cref="Sign"/> returns other URLs than at <paramref name="now"/>; rendered pages must be renewed then.</summary>
    public static DateTimeOffset WindowEnd(DateTimeOffset now) => Start(Window(now) + 1);

    /// <summary>The time at which URLs signed at <paramref name="now"/> expire.</summary>
    public static DateTimeOffset Expiry(DateTimeOffset now) => Start(Window(now) + 2);

    /// <param name="key">An <see cref="ObjectKey"/> as text.</param>
    /// <param name="scope">What the URL was issued for: a collection's id or <see cref="GifScope"/>; 1..64 of A-Z a-z 0-9 - _.</param>
    public string Sign(string key, string scope, DateTimeOffset now)
    {
        if (!IsScope(scope))
            throw new ArgumentException("A scope is 1 to 64 of A-Z a-z 0-9 - _", nameof(scope));
        var (path, window) = (MediaPath + key, Window(now) + 2);
        return string.Create(CultureInfo.InvariantCulture, $"{path}{Parameter}{scope}.{window}.{Mac(path, scope, window)}");
    }

    /// <summary>Verifies a URL in constant time. False when it is malformed, forged or expired.</summary>
    /// <param name="key">The key from the path.</param>
    /// <param name="signature">The value of the query parameter <c>a</c>.</param>
    public bool TryVerify(string? key, string? signature, DateTimeOffset now, [NotNullWhen(true)] out string? scope, out DateTimeOffset expires)
    {
        (scope, expires) = (null, default);
        if (signature is null || signature.Length > MaxScope + MacChars + 22 || signature.Split('.') is not [var given, var end, var mac])
            return false;
        if (!IsScope(given) || mac.Length != MacChars || !long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var window))
            return false;
        // Each URL has one canonical text, so no leading zeros. The signer's clock may be at most one window ahead.
        var current = Window(now);
        if (window <= current || window > current + 3 || end[0] == '0')
            return false;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(Mac(MediaPath + key, given, window))))
            return false;
        (scope, expires) = (given, Start(window));
        return true;
    }

    string Mac(string path, string scope, long window)
    {
        // The scope contains no newline, so different scopes, windows and paths give different texts.
        var text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{scope}\n{window}\n{path}"));
        Span<byte> mac = stackalloc byte[32];
        HMACSHA256.HashData(key, text, mac);
        return Base64Url.EncodeToString(mac[..MacLength]);
    }

    static bool IsScope(string scope) => scope.Length is > 0 and <= MaxScope
        && !scope.AsSpan().ContainsAnyExcept(ScopeChars);

    static long Window(DateTimeOffset now) => now.UtcTicks / WindowTicks;

    static DateTimeOffset Start(long window) => new(window * WindowTicks, TimeSpan.Zero);
}
