using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Dapper;
using GifShare.Accounts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace GifShare.Grains.Accounts;

/// <summary>
/// The ES256 keys of access tokens: rows that all silos share, with an encrypted private key. Every 30 days a new key is created under an advisory
/// lock and published ten minutes before it signs; the old one is accepted until its last token has expired.
/// </summary>
internal sealed class SigningKeys(Postgres postgres, MasterKey master, TimeProvider time) : IDisposable
{
    private const long LockKey = 0x67735f6b657973; // "gs_keys"
    private static readonly TimeSpan Life = TimeSpan.FromDays(30), Published = TimeSpan.FromMinutes(10), Reload = TimeSpan.FromMinutes(5);
    /// <summary>How long a key is accepted after its successor's creation: publication, token lifetime, and caches.</summary>
    private static readonly TimeSpan Overlap = Published + AccountsOptions.AccessLife + Reload;

    private readonly SecretBox seal = new(master, "signing-key");
    private readonly SemaphoreSlim loading = new(1);
    private volatile Loaded? loaded;

    private sealed record Row(string KeyId, byte[] Point, byte[] Private, DateTimeOffset CreatedAt);

    private sealed record Loaded(ImmutableArray<SigningKey> Public, SigningCredentials Signer, DateTimeOffset At);

    /// <summary>The accepted keys, newest first.</summary>
    public async Task<ImmutableArray<SigningKey>> Public() => (await Current()).Public;

    /// <summary>A JWT of <paramref name="claims"/> (JSON), signed with the current key.</summary>
    public async Task<string> Sign(string claims) => new JsonWebTokenHandler().CreateToken(claims, (await Current()).Signer);

    public void Dispose() => loading.Dispose();

    private async Task<Loaded> Current()
    {
        if (loaded is { } known && time.GetUtcNow() - known.At < Reload)
            return known;
        await loading.WaitAsync();
        try
        {
            if (loaded is { } other && time.GetUtcNow() - other.At < Reload)
                return other;
            return loaded = Choose(await Load());
        }
        catch (StoreUnavailableException) when (loaded is not null)
        {
            return loaded;
        }
        finally
        {
            loading.Release();
        }
    }

    private Loaded Choose(List<Row> rows)
    {
        var now = time.GetUtcNow();
        var keys = ImmutableArray.CreateBuilder<SigningKey>();
        for (var i = 0; i < rows.Count; i++)
        {
            var notAfter = i == 0 ? now + Life : rows[i - 1].CreatedAt + Overlap;
            if (notAfter > now)
                keys.Add(new(rows[i].KeyId, Base64Url.EncodeToString(rows[i].Point), notAfter));
        }

        var row = rows.Count > 1 && rows[0].CreatedAt + Published > now ? rows[1] : rows[0];
        return new(keys.ToImmutable(), new(Open(row), SecurityAlgorithms.EcdsaSha256), now);
    }

    private JsonWebKey Open(Row row)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(seal.Open(row.Private, row.KeyId), out _);
        var parameters = key.ExportParameters(true);
        return new()
        {
            Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
            Crv = JsonWebKeyECTypes.P256,
            KeyId = row.KeyId,
            X = Base64Url.EncodeToString(parameters.Q.X),
            Y = Base64Url.EncodeToString(parameters.Q.Y),
            D = Base64Url.EncodeToString(parameters.D),
        };
    }

    private async Task<List<Row>> Load()
    {
        var rows = await postgres.Run(Read);
        if (rows.Count > 0 && rows[0].CreatedAt + Life > time.GetUtcNow())
            return rows;
        return await postgres.InTransaction(async connection =>
        {
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@LockKey)", new { LockKey });
            var now = time.GetUtcNow();
            var found = await Read(connection);
            if (found.Count > 0 && found[0].CreatedAt + Life > now)
                return found;
            await connection.ExecuteAsync("DELETE FROM signing_keys WHERE created_at < @cutoff", new { cutoff = now - (3 * Life) });
            var made = Make(now);
            await connection.ExecuteAsync(
                "INSERT INTO signing_keys (kid, public_point, private_sealed, created_at) VALUES (@KeyId, @Point, @Private, @CreatedAt)", made);
            return [made, .. found];
        });
    }

    private Row Make(DateTimeOffset now)
    {
        var keyId = RandomNumberGenerator.GetHexString(16, lowercase: true);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = key.ExportParameters(false).Q;
        return new(keyId, [4, .. q.X!, .. q.Y!], seal.Close(key.ExportPkcs8PrivateKey(), keyId), now);
    }

    private static async Task<List<Row>> Read(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT kid, public_point, private_sealed, created_at FROM signing_keys ORDER BY created_at DESC", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<Row> rows = [];
        while (await reader.ReadAsync())
            rows.Add(new(reader.GetString(0), (byte[])reader[1], (byte[])reader[2], reader.Time(3)));
        return rows;
    }
}
