using GifShare.Fixtures;
using GifShare.Grains.Accounts;
using GifShare.Grains.Database;
using GifShare.Grains.Rows;
using GifShare.ObjectStore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests;

/// <summary>All grains on a real silo (or two), with a database and an object store of their own, and a clock to turn.</summary>
public sealed class GrainsSilo : IAsyncDisposable
{
    public static readonly byte[] MasterKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private readonly TestDatabase database;
    private readonly FolderLockOwner folder;
    private readonly IConfiguration configuration;
    private readonly ITestCluster cluster;
    private readonly bool isBeside;

    private GrainsSilo(TestDatabase database, FolderLockOwner folder, IConfiguration configuration, ITestCluster cluster, MovingClock clock, bool isBeside) =>
        (this.database, this.folder, this.configuration, this.cluster, Clock, this.isBeside) = (database, folder, configuration, cluster, clock, isBeside);

    public MovingClock Clock { get; }
    public IGrainFactory Grains => cluster.Client;
    public IServiceProvider Services => cluster.Silos[0];
    public IReadOnlyList<IServiceProvider> Silos => cluster.Silos;
    public Postgres Postgres => Services.GetRequiredService<Postgres>();
    /// <summary>The folder of the object store.</summary>
    public string Files => configuration["ObjectStore:Folder"]!;
    public string ConnectionString => database.ConnectionString;

    public static async Task<GrainsSilo> Start(params (string Name, string Value)[] settings)
    {
        var database = await TestDatabase.CreateAsync();
        await Migrations.Apply(database.ConnectionString);
        var folder = new FolderLockOwner(TestFolders.Create("grains"));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(
            settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
        {
            ["ConnectionStrings:GifShare"] = database.ConnectionString,
            ["Secrets:MasterKey"] = Convert.ToBase64String(MasterKey),
            ["ObjectStore:Folder"] = Path.Combine(folder.Path, "objects"),
            ["PublicUrl"] = "http://localhost:8080",
        }).Build();
        var clock = new MovingClock();
        return new(database, folder, configuration, await StartCluster(configuration, clock), clock, isBeside: false);
    }

    /// <summary>Another cluster over the same rows, files and clock: neither knows of the other, so a grain has an activation in each. Dispose it first.</summary>
    public async Task<GrainsSilo> StartBeside() =>
        new(database, folder, configuration, await StartCluster(configuration, Clock), Clock, isBeside: true);

    private static Task<ITestCluster> StartCluster(IConfiguration configuration, MovingClock clock) => TestCluster.StartAsync(silo =>
    {
        silo.Services.AddSingleton(configuration);
        silo.Services.AddSingleton<TimeProvider>(clock);
        silo.Services.AddGifShareGrains(configuration);
        // A password is nobody's secret here.
        silo.Services.AddSingleton(static _ => new PasswordHashing(iterations: 1_000));
        silo.Services.AddConfiguredObjectStore(configuration);
        silo.Services.AddSingleton<IIncomingGrainCallFilter, FaultFilter>();
    });

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        if (isBeside)
            return;
        folder.Dispose();
        await database.DisposeAsync();
    }

    private sealed class FolderLockOwner(Standalone.Host.FolderLock folder) : IDisposable
    {
        public string Path => folder.Folder;
        public void Dispose() => TestFolders.Delete(folder);
    }
}
