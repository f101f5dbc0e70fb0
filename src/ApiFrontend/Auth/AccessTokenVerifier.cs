using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using GifShare.Accounts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GifShare.ApiFrontend.Auth;

/// <summary>
/// Verifies access tokens (JWS, RFC 7515) with Microsoft.IdentityModel's handler: ES256 only, so that the token's header cannot choose the algorithm.
/// Verified tokens are cached until they expire, so that most requests need no signature check. Public keys come from the silo; an unknown key id
/// refetches them, at most once a second. A new key is published minutes before it signs, so a flood of invented ids delays nobody.
/// </summary>
/// <remarks>Replaces the scheme of Microsoft.AspNetCore.Authentication.JwtBearer, which does not fix the order of checks and caches no tokens.</remarks>
public sealed partial class AccessTokenVerifier(IGrainFactory grains, TimeProvider time, ILogger<AccessTokenVerifier> log) : IAccessTokens, IDisposable
{
    private const int MaxTokenLength = 1024, MaxCached = 20_000;
    private static readonly JsonWebTokenHandler Handler = new();
    private static readonly TimeSpan KeysLife = TimeSpan.FromMinutes(5), MinKeysAge = TimeSpan.FromSeconds(1);

    /// <summary>A two-generation cache: when the young generation is full it becomes the old one, which bounds memory.</summary>
    private sealed record Generations(ConcurrentDictionary<string, AccessTokenClaims> Young, ConcurrentDictionary<string, AccessTokenClaims> Old);

    /// <param name="Keys">The last ones that were fetched.</param>
    /// <param name="AskedAt">When they were fetched, or when that was last tried.</param>
    /// <param name="HasFailed">The last try failed, so an unknown key id may be that of a new key.</param>
    private sealed record KeySet(
        FrozenDictionary<string, (TokenValidationParameters Rules, DateTimeOffset NotAfter)> Keys, DateTimeOffset AskedAt, bool HasFailed = false);

    private readonly SemaphoreSlim fetching = new(1);
    private volatile Generations verified = new(new(), new());
    private volatile KeySet keys = new(FrozenDictionary<string, (TokenValidationParameters, DateTimeOffset)>.Empty, DateTimeOffset.MinValue);

    /// <inheritdoc/>
    /// <exception cref="GrainFaultedException">The public keys could not be fetched.</exception>
    public ValueTask<AccessTokenClaims?> Verify(string token)
    {
        var now = time.GetUtcNow();
        var cache = verified;
        if (cache.Young.TryGetValue(token, out var known))
            return ValueTask.FromResult(known.ExpiresAt > now ? known : null);
        if (cache.Old.TryGetValue(token, out known) && known.ExpiresAt > now)
        {
            Remember(token, known);
            return ValueTask.FromResult<AccessTokenClaims?>(known);
        }

        return Read(token, now) is { } read ? Verify(read, now) : default;
    }

    public void Dispose() => fetching.Dispose();

    private async ValueTask<AccessTokenClaims?> Verify(JsonWebToken token, DateTimeOffset now)
    {
        if (await FindKey(token.Kid, now) is not { } rules || !(await Handler.ValidateTokenAsync(token, rules)).IsValid
            || !Guid.TryParse(token.Subject, out var user) || !token.TryGetValue("sid", out string session) || !Guid.TryParse(session, out var id))
            return null;
        var claims = new AccessTokenClaims(new(user), new(id), new(DateTime.SpecifyKind(token.ValidTo, DateTimeKind.Utc)));
        Remember(token.EncodedToken, claims);
        return claims;
    }

    private void Remember(string token, AccessTokenClaims claims)
    {
        var cache = verified;
        cache.Young.TryAdd(token, claims);
        if (cache.Young.Count > MaxCached)
            Interlocked.CompareExchange(ref verified, new(new(), cache.Young), cache);
    }

    private async ValueTask<TokenValidationParameters?> FindKey(string keyId, DateTimeOffset now)
    {
        var set = keys;
        var age = now - set.AskedAt;
        var isKnown = set.Keys.ContainsKey(keyId);
        if (isKnown ? age > KeysLife : age > MinKeysAge)
            set = await Fetch(set, now);
        if (set.Keys.TryGetValue(keyId, out var key))
            return key.NotAfter > now ? key.Rules : null;
        return set.HasFailed ? throw new GrainFaultedException(ErrorCode.Unavailable) : null;
    }

    /// <summary>One try for all who wait: during an outage they fail together instead of each waiting for a timeout of its own.</summary>
    private async Task<KeySet> Fetch(KeySet seen, DateTimeOffset now)
    {
        await fetching.WaitAsync();
        try
        {
            if (keys != seen)
                return keys;
            var fetched = await grains.SigningKeys().GetPublicKeys();
            return keys = new(
                fetched.Where(key => key.PublicPoint.Length == 87).ToFrozenDictionary(key => key.KeyId, key => (RulesOf(key), key.NotAfter)),
                now);
        }
        catch (Exception e)
        {
            LogKeysNotRefreshed(e.Message);
            return keys = seen with { AskedAt = time.GetUtcNow(), HasFailed = true };
        }
        finally
        {
            fetching.Release();
        }
    }

    /// <summary>Validation parameters for tokens signed with <paramref name="key"/>; the token itself chooses nothing but the key id.</summary>
    private TokenValidationParameters RulesOf(SigningKey key)
    {
        var point = Base64Url.DecodeFromChars(key.PublicPoint);
        return new()
        {
            IssuerSigningKey = new JsonWebKey
            {
                Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
                Crv = JsonWebKeyECTypes.P256,
                KeyId = key.KeyId,
                X = Base64Url.EncodeToString(point.AsSpan(1, 32)),
                Y = Base64Url.EncodeToString(point.AsSpan(33, 32)),
            },
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = ["JWT"],
            ValidIssuer = "gifshare",
            ValidateAudience = false,
            // The library's default uses the system clock and tolerates five minutes of skew.
            LifetimeValidator = (_, expires, _, _) => expires > time.GetUtcNow(),
        };
    }

    /// <summary>Parses a token without verifying it. Null when it is not a JWS, has expired or names no key.</summary>
    private static JsonWebToken? Read(string token, DateTimeOffset now)
    {
        try
        {
            // The library parses claims lazily. Without an exp claim, ValidTo is the year 1 with an unspecified kind.
            return token.Length <= MaxTokenLength && Handler.ReadJsonWebToken(token) is { Kid.Length: > 0 } read && read.ValidTo > now.UtcDateTime ? read : null;
        }
        catch (Exception e) when (e is ArgumentException or NullReferenceException or FormatException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The public keys of access tokens could not be refreshed; the known ones stay in use: {Cause}")]
    private partial void LogKeysNotRefreshed(string cause);
}
