using GifShare.Fixtures;
using GifShare.Grains.Database;
using Npgsql;

namespace GifShare.Grains.Tests.Database;

/// <summary>A database of its own with the product's schema, for tests of the queries that Orleans' providers look up in it.</summary>
public abstract class StoredQueryTests : IAsyncLifetime
{
    private TestDatabase database = null!;

    /// <summary>Connections as the providers get them.</summary>
    protected NpgsqlDataSource Source { get; private set; } = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.CreateAsync();
        await Migrations.Apply(database.ConnectionString, Token);
        Source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { SearchPath = "gifshare,public" });
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
