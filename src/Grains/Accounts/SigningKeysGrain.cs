using System.Collections.Immutable;
using Dapper;
using GifShare.Accounts;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace GifShare.Grains.Accounts;

/// <summary>Hands out the keys that frontends need. Holds nothing: the rows are shared by all silos.</summary>
[GrainType("signing-keys"), StatelessWorker(4)]
public sealed class SigningKeysGrain(IServiceProvider services, Postgres postgres, TimeProvider time) : Grain, ISigningKeysGrain
{
    private readonly SigningKeys keys = services.GetRequiredService<SigningKeys>();

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
