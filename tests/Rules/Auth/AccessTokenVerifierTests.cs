using System.Buffers.Text;
using System.Collections.Immutable;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using GifShare.Accounts;
using GifShare.ApiFrontend.Auth;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GifShare.Rules.Tests.Auth;

/// <summary>What the verifier refuses, whoever parses the token: each attack differs from the accepted token in one thing.</summary>
public sealed class AccessTokenVerifierTests : IDisposable
{
    private const string KeyId = "0123456789abcdef", OtherKeyId = "fedcba9876543210";
    private static readonly Guid User = Guid.NewGuid(), Session = Guid.NewGuid();

    private readonly FakeTimeProvider clock = new(DateTimeOffset.UtcNow);
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256), other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly PublicKeys published = new();
    private readonly AccessTokenVerifier verifier;

    public AccessTokenVerifierTests()
    {
        published.Keys = [Publish(KeyId, key), Publish(OtherKeyId, other)];
        var grains = DispatchProxy.Create<IGrainFactory, Factory>();
        ((Factory)(object)grains).Keys = published;
        verifier = new(grains, clock, NullLogger<AccessTokenVerifier>.Instance);
    }

    public void Dispose()
    {
        verifier.Dispose();
        key.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task A_good_token_is_accepted_until_it_expires()
    {
        var token = Token();
        var claims = await verifier.Verify(token);
        Assert.Equal((User, Session), (claims!.User.Value, claims.Session.Value));
        Assert.Same(claims, await verifier.Verify(token));
        clock.Advance(TimeSpan.FromSeconds(899));
        Assert.NotNull(await verifier.Verify(token));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await verifier.Verify(token));
    }

    [Fact]
    public async Task A_token_is_not_accepted_for_a_second_after_it_expired()
    {
        var token = Token();
        clock.Advance(TimeSpan.FromSeconds(900));
        Assert.Null(await verifier.Verify(token));
    }

    [Fact]
    public async Task A_token_that_signs_itself_is_refused()
    {
        var input = Input(Header("none"), Claims());
        Assert.Null(await verifier.Verify(input + "."));
        Assert.Null(await verifier.Verify(input));
        Assert.Null(await verifier.Verify(input + "." + Token().Split('.')[2]));
        Assert.Null(await verifier.Verify(Input(Header("None"), Claims()) + "."));
    }

    /// <summary>The public key is known to everybody, so it must never serve as the secret of a MAC.</summary>
    [Fact]
    public async Task A_mac_with_the_public_key_is_refused()
    {
        var input = Input(Header("HS256"), Claims());
        byte[][] secrets = [key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(published.Keys[0].PublicPoint)];
        foreach (var secret in secrets)
            Assert.Null(await verifier.Verify($"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(input)))}"));
    }

    [Theory]
    [InlineData("ES384"), InlineData("es256"), InlineData("")]
    public async Task Another_algorithm_is_refused(string algorithm) => Assert.Null(await verifier.Verify(Sign(Header(algorithm), Claims())));

    [Fact]
    public async Task A_key_id_that_is_not_the_signers_is_refused()
    {
        Assert.NotNull(await verifier.Verify(Sign(Header(), Claims())));
        Assert.Null(await verifier.Verify(Sign(Header(keyId: OtherKeyId), Claims())));
        Assert.Null(await verifier.Verify(Sign(Header(keyId: "0000000000000000"), Claims())));
        Assert.Null(await verifier.Verify(Sign(Header(keyId: ""), Claims())));
        Assert.Null(await verifier.Verify(Sign("""{"alg":"ES256","typ":"JWT"}""", Claims())));
    }

    /// <summary>A key that comes along with the token (RFC 7515, 4.1.3) is never used.</summary>
    [Fact]
    public async Task A_key_inside_the_token_is_refused()
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = own.ExportParameters(false).Q;
        var jwk = $$"""{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(q.X!)}}","y":"{{Base64Url.EncodeToString(q.Y!)}}"}""";
        Assert.Null(await verifier.Verify(Sign($$"""{"alg":"ES256","typ":"JWT","kid":"{{KeyId}}","jwk":{{jwk}}}""", Claims(), own)));
    }

    [Theory]
    [InlineData("at+jwt"), InlineData("JWE"), InlineData("")]
    public async Task Another_type_is_refused(string type) => Assert.Null(await verifier.Verify(Sign(Header(type: type), Claims())));

    [Theory]
    [InlineData("gifshare2"), InlineData("GifShare"), InlineData("")]
    public async Task Another_issuer_is_refused(string issuer) => Assert.Null(await verifier.Verify(Sign(Header(), Claims(issuer))));

    [Theory]
    [InlineData("""{"iss":"gifshare","sub":"00000000-0000-0000-0000-000000000001","sid":"00000000-0000-0000-0000-000000000001"}""")]
    [InlineData("""{"iss":"gifshare","sub":"00000000-0000-0000-0000-000000000001","exp":99999999999}""")]
    [InlineData("""{"iss":"gifshare","sid":"00000000-0000-0000-0000-000000000001","exp":99999999999}""")]
    [InlineData("""{"iss":"gifshare","sub":"1","sid":"00000000-0000-0000-0000-000000000001","exp":99999999999}""")]
    [InlineData("""{"iss":"gifshare","sub":"00000000-0000-0000-0000-000000000001","sid":7,"exp":99999999999}""")]
    [InlineData("""{"sub":"00000000-0000-0000-0000-000000000001","sid":"00000000-0000-0000-0000-000000000001","exp":99999999999}""")]
    [InlineData("""{"iss":"gifshare","sub":"00000000-0000-0000-0000-000000000001","sid":"00000000-0000-0000-0000-000000000001","exp":"soon"}""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Claims_that_lack_something_are_refused(string claims) => Assert.Null(await verifier.Verify(Sign(Header(), claims)));

    [Theory]
    [InlineData("""{"alg":"ES256","typ":"JWT","kid":null}"""), InlineData("""{"alg":"ES256","typ":"JWT"}"""), InlineData("""{"alg":"ES256","typ":"JWT","kid":7}"""), InlineData("""{"alg":"ES256","typ":"JWT","kid":[]}""")]
    public async Task A_header_without_a_key_id_is_refused(string header) => Assert.Null(await verifier.Verify(Sign(header, Claims())));

    [Fact]
    public async Task Each_changed_character_is_refused()
    {
        var token = Token();
        // The last character of a signature carries four bits that mean nothing.
        for (var i = 0; i < token.Length - 1; i++)
        {
            if (token[i] != '.')
                Assert.Null(await verifier.Verify(token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..]));
            Assert.Null(await verifier.Verify(token[..i]));
        }

        Assert.NotNull(await verifier.Verify(token));
    }

    [Theory]
    [InlineData(""), InlineData("."), InlineData(".."), InlineData("...."), InlineData("a.b.c"), InlineData("Bearer"), InlineData("\0.\0.\0"), InlineData("🦦.🦦.🦦")]
    [InlineData("e30.e30."), InlineData("e30.e30.AAAA"), InlineData("bnVsbA.bnVsbA.AAAA"), InlineData("W10.W10.AAAA"), InlineData("eyJhbGciOjF9.e30.AAAA")]
    public async Task What_is_no_token_is_refused(string text) => Assert.Null(await verifier.Verify(text));

    [Fact]
    public async Task What_is_longer_than_any_of_ours_is_refused() =>
        Assert.Null(await verifier.Verify(Sign(Header(), Claims()[..^1] + $$""","x":"{{new string('x', 1024)}}"}""")));

    [Fact]
    public async Task A_key_is_dropped_when_its_time_is_over()
    {
        published.Keys = [Publish(KeyId, key) with { NotAfter = clock.GetUtcNow().AddMinutes(1) }];
        Assert.NotNull(await verifier.Verify(Token()));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await verifier.Verify(Token()));
    }

    [Fact]
    public async Task Made_up_key_ids_ask_for_keys_once_a_second()
    {
        for (var i = 0; i < 100; i++)
            Assert.Null(await verifier.Verify(Sign(Header(keyId: i.ToString("x16", null)), Claims())));
        Assert.Equal(1, published.Asked);
        clock.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Null(await verifier.Verify(Sign(Header(keyId: "0000000000000000"), Claims())));
        Assert.Equal(2, published.Asked);
    }

    [Fact]
    public async Task Keys_that_cannot_be_refreshed_stay_in_use()
    {
        Assert.NotNull(await verifier.Verify(Token()));
        published.Fails = true;
        clock.Advance(TimeSpan.FromMinutes(6));
        Assert.NotNull(await verifier.Verify(Token()));
        Assert.Equal(2, published.Asked);
    }

    [Fact]
    public async Task While_keys_cannot_be_fetched_a_new_key_fails_at_once_and_is_not_refused()
    {
        published.Fails = true;
        for (var i = 0; i < 10; i++)
            Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<GrainFaultedException>(async () => await verifier.Verify(Token()))).Code);
        Assert.Equal(1, published.Asked);
        published.Fails = false;
        clock.Advance(TimeSpan.FromSeconds(1.1));
        Assert.NotNull(await verifier.Verify(Token()));
        Assert.Equal(2, published.Asked);
    }

    private string Token() => Sign(Header(), Claims());

    private string Sign(string header, string claims, ECDsa? signer = null)
    {
        var input = Input(header, claims);
        return $"{input}.{Base64Url.EncodeToString((signer ?? key).SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }

    private static string Input(string header, string claims) => Encode(header) + "." + Encode(claims);

    private static string Header(string algorithm = "ES256", string type = "JWT", string keyId = KeyId) => $$"""{"alg":"{{algorithm}}","typ":"{{type}}","kid":"{{keyId}}"}""";

    private string Claims(string issuer = "gifshare")
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return $$"""{"iss":"{{issuer}}","sub":"{{User}}","sid":"{{Session}}","iat":{{now}},"exp":{{now + 900}}}""";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private SigningKey Publish(string keyId, ECDsa pair)
    {
        var q = pair.ExportParameters(false).Q;
        return new(keyId, Base64Url.EncodeToString((byte[])[4, .. q.X!, .. q.Y!]), clock.GetUtcNow().AddDays(30));
    }

    private sealed class PublicKeys : ISigningKeysGrain
    {
        public ImmutableArray<SigningKey> Keys { get; set; }

        public bool Fails { get; set; }

        public int Asked { get; private set; }

        public Task<ImmutableArray<SigningKey>> GetPublicKeys()
        {
            Asked++;
            return Fails ? throw new TimeoutException() : Task.FromResult(Keys);
        }

        public Task<ImmutableArray<ProtectionKey>> GetProtectionKeys() => throw new NotSupportedException();

        public Task AddProtectionKey(ProtectionKey key) => throw new NotSupportedException();
    }

    /// <summary>Every grain that is asked for is the one of the keys.</summary>
    public class Factory : DispatchProxy
    {
        public ISigningKeysGrain? Keys { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Keys;
    }
}
