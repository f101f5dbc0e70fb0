using GifShare.Grains.Accounts;
using GifShare.Standalone.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Fixtures;

/// <summary>
/// The whole product in this process, on a free port, with its own database and data folder. What a test reads from the
/// environment of the machine would make it depend on the machine, so nothing is read from there.
/// </summary>
public sealed class TestProduct : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly FolderLock place;

    private TestProduct(TestDatabase database, FolderLock place, StandaloneHost host)
    {
        this.database = database;
        this.place = place;
        Host = host;
    }

    public StandaloneHost Host { get; private set; }

    public Uri BaseAddress => Host.BaseAddress;

    public IServiceProvider Services => Host.Services;

    public string ConnectionString => database.ConnectionString;

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
                    Configure = builder =>
                    {
                        // Everybody registers; a password is nobody's secret here.
                        builder.Services.AddSingleton(static _ => new PasswordHashing(iterations: 1_000));
                        configure?.Invoke(builder);
                    },
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

    public Task SetDatabaseAwayAsync(bool isAway) => database.SetAwayAsync(isAway);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        TestFolders.Delete(place);
        await database.DisposeAsync();
    }
}
