using System.Collections.Immutable;
using Dapper;
using GifShare.Accounts;
using Orleans.Concurrency;

namespace GifShare.Grains.Accounts;

/// <summary>Serves frontends the signing and data-protection keys, from rows that all silos share.</summary>
[GrainType("signing-keys"), StatelessWorker(4)]
internal sealed class SigningKeysGrain(SigningKeys keys, Postgres postgres, TimeProvider time) : Grain, ISigningKeysGrain
{
    public Task<ImmutableArray<SigningKey>> GetPublicKeys() => keys.Public();

    public Task<ImmutableArray<ProtectionKey>> GetProtectionKeys() => postgres.Run(async connection =>
    {
        var rows = await connection.QueryAsync<(string Name, string Xml)>("SELECT name, xml FROM data_protection_keys ORDER BY created_at");
        return rows.Select(row => new ProtectionKey(row.Name, row.Xml)).ToImmutableArray();
    });

    public Task AddProtectionKey(ProtectionKey key) => postgres.Run(connection => connection.ExecuteAsync(
        "INSERT INTO data_protection_keys (name, xml, created_at) VALUES (@Name, @Xml, @now) ON CONFLICT (name) DO UPDATE SET xml = EXCLUDED.xml",
        new { key.Name, key.Xml, now = time.GetUtcNow() }));
}
