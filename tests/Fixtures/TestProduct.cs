using GifShare.Standalone;
using Microsoft.AspNetCore.Builder;

namespace GifShare.Fixtures;

/// <summary>
/// The whole product in this process, on a free port, with its own database and data folder. What a test reads from the
/// environment of the machine would make it depend on the machine, so nothing is read from there.
/// </summary>
public sealed class TestProduct : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly FolderLock _place;

    private TestProduct(TestDatabase database, FolderLock place, StandaloneHost host)
    {
        _database = database;
        _place = place;
        Host = host;
    }

    public StandaloneHost Host { get; private set; }

    public Uri BaseAddress => Host.BaseAddress;

    public IServiceProvider Services => Host.Services;

    public string ConnectionString => _database.ConnectionString;

    /// <param name="settings">Settings that differ from the defaults, e.g. <c>RateLimits:WritesPerMinute</c>.</param>
    /// <param name="configure">Last changes before the host is built, e.g. another TimeProvider.</param>
    public static async Task<TestProduct> StartAsync(
        IReadOnlyDictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? configure = null)
    {
        var database = await TestDatabase.CreateAsync();
        var place = TestFolders.Create("product");
        try
        {
            var all = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
            {
                ["ConnectionStrings:GifShare"] = database.ConnectionString,
            };
            all.TryAdd("Logging:LogLevel:Default", "Warning");
            var host = await StandaloneHost.StartAsync(
                new StandaloneOptions
                {
                    Port = 0,
                    DataFolder = Path.Combine(place.Folder, "data"),
                    ReadEnvironment = false,
                    Settings = all,
                    Configure = configure,
                },
                CancellationToken.None);
            return new TestProduct(database, place, host);
        }
        catch
        {
            TestFolders.Delete(place);
            await database.DisposeAsync();
            throw;
        }
    }

    public Task SetDatabaseAwayAsync(bool isAway) => _database.SetAwayAsync(isAway);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        TestFolders.Delete(_place);
        await _database.DisposeAsync();
    }
}
