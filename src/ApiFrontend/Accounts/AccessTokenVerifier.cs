using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GifShare.ApiFrontend.Accounts;

/// <summary>
/// Checks access tokens: a JWS (RFC 7515) of one fixed form, ES256 only, so that no header of the caller's choosing is ever obeyed.
/// A verified token is remembered until it expires, so that a request does not pay for a signature. The keys come from the silo; an unknown
/// key id asks again, at most once a second, and a new key is published minutes before it signs, so a flood of made-up ids delays nobody.
/// </summary>
public sealed partial class AccessTokenVerifier(IGrainFactory grains, TimeProvider time, ILogger<AccessTokenVerifier> log) : IAccessTokens, IDisposable
{
    private const int MaxTokenLength = 1024, MaxCached = 20_000;
    private static readonly SearchValues<byte> LowerHex = SearchValues.Create("0123456789abcdef"u8);
    private static readonly TimeSpan KeysLife = TimeSpan.FromMinutes(5), MinKeysAge = TimeSpan.FromSeconds(1);

    /// <summary>Two generations: when the young one is full it becomes the old one, so memory is bounded and what is used stays.</summary>
    private sealed record Generations(ConcurrentDictionary<string, AccessTokenClaims> Young, ConcurrentDictionary<string, AccessTokenClaims> Old);

    private sealed record KeySet(FrozenDictionary<string, (byte[] Point, DateTimeOffset NotAfter)> Keys, DateTimeOffset AskedAt);

    private readonly SemaphoreSlim fetching = new(1);
    private volatile Generations verified = new(new(), new());
    private volatile KeySet keys = new(FrozenDictionary<string, (byte[], DateTimeOffset)>.Empty, DateTimeOffset.MinValue);

    /// <inheritdoc/>
    /// <exception cref="GrainFaultedException">The keys could not be fetched.</exception>
    public ValueTask<AccessTokenClaims?> Verify(string token)
    {
        var now = time.GetUtcNow();
        var cache = verified;
        if (cache.Young.TryGetValue(token, out var known) || cache.Old.TryGetValue(token, out known))
            return ValueTask.FromResult(known.ExpiresAt > now ? known : null);
        return TryParse(token, out var parsed) && parsed.Claims.ExpiresAt > now ? VerifySignature(token, parsed, now) : default;
    }

    public void Dispose() => fetching.Dispose();

    private async ValueTask<AccessTokenClaims?> VerifySignature(string token, Parsed parsed, DateTimeOffset now)
    {
        if (await FindKey(parsed.KeyId, now) is not { } point)
            return null;
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33], Y = point[33..65] },
        });
        var signedLength = token.LastIndexOf('.');
        if (!key.VerifyData(Encoding.ASCII.GetBytes(token, 0, signedLength), parsed.Signature, HashAlgorithmName.SHA256))
            return null;
        Remember(token, parsed.Claims);
        return parsed.Claims;
    }

    private void Remember(string token, AccessTokenClaims claims)
    {
        var cache = verified;
        cache.Young.TryAdd(token, claims);
        if (cache.Young.Count > MaxCached)
            Interlocked.CompareExchange(ref verified, new(new(), cache.Young), cache);
    }

    private async ValueTask<byte[]?> FindKey(string keyId, DateTimeOffset now)
    {
        var set = keys;
        var age = now - set.AskedAt;
        var isKnown = set.Keys.ContainsKey(keyId);
        if (isKnown ? age > KeysLife : age > MinKeysAge)
            set = await Fetch(set, now, isKnown);
        return set.Keys.TryGetValue(keyId, out var key) && key.NotAfter > now ? key.Point : null;
    }

    private async Task<KeySet> Fetch(KeySet seen, DateTimeOffset now, bool canGoOnWithout)
    {
        await fetching.WaitAsync();
        try
        {
            if (keys != seen)
                return keys;
            var fetched = await grains.SigningKeys().GetPublicKeys();
            return keys = new(
                fetched.Where(key => key.PublicPoint.Length == 87).ToFrozenDictionary(key => key.KeyId, key => (Base64Url.DecodeFromChars(key.PublicPoint), key.NotAfter)),
                now);
        }
        catch (Exception e) when (canGoOnWithout)
        {
            LogKeysNotRefreshed(e.Message);
            return keys = seen with { AskedAt = now };
        }
        finally
        {
            fetching.Release();
        }
    }

    private readonly record struct Parsed(string KeyId, AccessTokenClaims Claims, byte[] Signature);

    private static bool TryParse(string token, out Parsed parsed)
    {
        parsed = default;
        if (token.Length > MaxTokenLength || token.Split('.', 4) is not [var header, var payload, var signature] || signature.Length != 86)
            return false;
        var bytes = new byte[MaxTokenLength];
        if (!Decode(header, bytes, out var length) || KeyIdOf(bytes.AsSpan(0, length)) is not { } keyId)
            return false;
        if (!Decode(payload, bytes, out length) || !TryReadClaims(bytes.AsSpan(0, length), out var claims))
            return false;
        if (!Decode(signature, bytes, out length) || length != 64)
            return false;
        parsed = new(keyId, claims, bytes[..64]);
        return true;
    }

    private static bool Decode(string text, byte[] bytes, out int length)
    {
        length = 0;
        return !text.Contains('=') && Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out length);
    }

    /// <summary>The header is always these bytes around the key id.</summary>
    private static string? KeyIdOf(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> before = "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\""u8, after = "\"}"u8;
        if (header.Length != before.Length + 16 + after.Length || !header.StartsWith(before) || !header.EndsWith(after))
            return null;
        var keyId = header.Slice(before.Length, 16);
        return keyId.ContainsAnyExcept(LowerHex) ? null : Encoding.ASCII.GetString(keyId);
    }

    private static bool TryReadClaims(ReadOnlySpan<byte> json, [NotNullWhen(true)] out AccessTokenClaims? claims)
    {
        claims = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject
                || !Next(ref reader, "iss"u8) || !reader.ValueTextEquals("gifshare"u8)
                || !Next(ref reader, "sub"u8) || !reader.TryGetGuid(out var user)
                || !Next(ref reader, "sid"u8) || !reader.TryGetGuid(out var session)
                || !Next(ref reader, "iat"u8, JsonTokenType.Number) || !reader.TryGetInt64(out _)
                || !Next(ref reader, "exp"u8, JsonTokenType.Number) || !reader.TryGetInt64(out var expires)
                || expires is < 0 or > 253_402_300_799
                || !reader.Read() || reader.TokenType != JsonTokenType.EndObject || reader.Read())
                return false;
            claims = new(new(user), new(session), DateTimeOffset.FromUnixTimeSeconds(expires));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }

        static bool Next(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, JsonTokenType type = JsonTokenType.String) =>
            reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name) && reader.Read() && reader.TokenType == type;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of access tokens could not be refreshed, the known ones stay in use: {Cause}")]
    private partial void LogKeysNotRefreshed(string cause);
}
