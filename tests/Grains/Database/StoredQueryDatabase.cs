using GifShare.Fixtures;
using GifShare.Grains.Database;
using Npgsql;

namespace GifShare.Grains.Tests.Database;

/// <summary>A database with the product's schema, for tests of the queries that Orleans' providers look up in it.</summary>
public sealed class StoredQueryDatabase : IAsyncLifetime
{
    private TestDatabase database = null!;

    /// <summary>Connections as the providers get them.</summary>
    public NpgsqlDataSource Source { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.CreateAsync();
        await Migrations.Apply(database.ConnectionString, TestContext.Current.CancellationToken);
        Source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { SearchPath = "gifshare,public" });
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await database.DisposeAsync();
    }
}
