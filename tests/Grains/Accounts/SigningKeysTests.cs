using System.Diagnostics;
using GifShare.Accounts;

namespace GifShare.Grains.Tests.Accounts;

public sealed class SigningKeysTests
{
    private static readonly ClientInfo Client = new(null, null);

    [Fact]
    public async Task Keys_rotate_and_are_accepted_until_their_last_token_has_expired()
    {
        await using var silo = await GrainsSilo.Start();
        var first = Assert.Single(await silo.Grains.SigningKeys().GetPublicKeys());
        silo.Clock.Turn(TimeSpan.FromDays(29));
        Assert.Equal(first.KeyId, Assert.Single(await silo.Grains.SigningKeys().GetPublicKeys()).KeyId);
        silo.Clock.Turn(TimeSpan.FromDays(1.1));
        var both = await silo.Grains.SigningKeys().GetPublicKeys();
        Assert.Equal(2, both.Length);
        Assert.Equal(first.KeyId, both[1].KeyId);

        // Published before it signs: frontends know it by then.
        var ada = await Register(silo);
        Assert.Equal(first.KeyId, KeyIdOf(ada.AccessToken));
        silo.Clock.Turn(TimeSpan.FromMinutes(11));
        Assert.Equal(both[0].KeyId, KeyIdOf((await silo.Grains.User(ada.User.Id).Refresh(ada.RefreshToken, Client)).Value!.AccessToken));
        Assert.Equal(2, (await silo.Grains.SigningKeys().GetPublicKeys()).Length);
        silo.Clock.Turn(TimeSpan.FromMinutes(30));
        Assert.Equal(both[0].KeyId, Assert.Single(await silo.Grains.SigningKeys().GetPublicKeys()).KeyId);
    }

    /// <summary>Another implementation of ECDSA (Node's) has to agree that the token is what RFC 7515 and 7518 say.</summary>
    [Fact]
    public async Task Another_implementation_accepts_our_tokens()
    {
        await using var silo = await GrainsSilo.Start();
        var ada = await Register(silo);
        var key = Assert.Single(await silo.Grains.SigningKeys().GetPublicKeys());
        const string script =
            """
            const { createPublicKey, verify } = require('node:crypto');
            const [token, point] = process.argv.slice(1);
            const bytes = Buffer.from(point, 'base64url');
            const jwk = { kty: 'EC', crv: 'P-256', x: bytes.subarray(1, 33).toString('base64url'), y: bytes.subarray(33).toString('base64url') };
            const [header, claims, signature] = token.split('.');
            const check = text => verify('sha256', Buffer.from(text), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
            console.log(JSON.stringify({ good: check(header + '.' + claims), bad: check(header + '.' + claims + 'A'),
                header: JSON.parse(Buffer.from(header, 'base64url')), claims: JSON.parse(Buffer.from(claims, 'base64url')) }));
            """;
        using var node = Process.Start(new ProcessStartInfo("node", ["-e", script, ada.AccessToken, key.PublicPoint]) { RedirectStandardOutput = true })!;
        var answer = System.Text.Json.Nodes.JsonNode.Parse(await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken))!;
        Assert.True((bool)answer["good"]!);
        Assert.False((bool)answer["bad"]!);
        Assert.Equal("ES256", (string?)answer["header"]!["alg"]);
        Assert.Equal(key.KeyId, (string?)answer["header"]!["kid"]);
        Assert.Equal(ada.User.Id.ToString(), (string?)answer["claims"]!["sub"]);
        Assert.Equal(ada.Session.ToString(), (string?)answer["claims"]!["sid"]);
        Assert.Equal(ada.ExpiresIn, (long)answer["claims"]!["exp"]! - (long)answer["claims"]!["iat"]!);
    }

    [Fact]
    public async Task Protection_keys_come_back_as_they_were_given()
    {
        await using var silo = await GrainsSilo.Start();
        await silo.Grains.SigningKeys().AddProtectionKey(new("key-1", "<sealed>1</sealed>"));
        await silo.Grains.SigningKeys().AddProtectionKey(new("key-2", "<sealed>2</sealed>"));
        Assert.Equal(["key-1", "key-2"], (await silo.Grains.SigningKeys().GetProtectionKeys()).Select(key => key.Name));
    }

    private static async Task<SignedIn> Register(GrainsSilo silo)
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        return (await silo.Grains.User(UserId.New()).Register(new("Ada", "Lovelace", name + "@example.org", name, "seven quiet otters"), Client)).Value!;
    }

    private static string KeyIdOf(string token) =>
        (string)System.Text.Json.Nodes.JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]))!["kid"]!;
}
