using System.Security.Cryptography;
using Dapper;
using GifShare.Fixtures;
using GifShare.Gifs;
using GifShare.ObjectStore;
using GifShare.Standalone;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Gifs;

/// <summary>The grains on a real engine, a database and a folder of their own.</summary>
public sealed class GifsSilo : IAsyncLifetime
{
    public const long Quota = 500_000;
    private TestDatabase database = null!;
    private FolderLock folder = null!;
    private ITestCluster cluster = null!;

    public IGrainFactory Grains => cluster.Client;
    public Postgres Postgres => Service<Postgres>();
    public IObjectStore Objects => Service<IObjectStore>();
    public T Service<T>() where T : notnull => cluster.Silos[0].GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.CreateAsync();
        folder = TestFolders.Create("gifs");
        await Migrations.Apply(database.ConnectionString, TestContext.Current.CancellationToken);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:GifShare"] = database.ConnectionString,
            ["Secrets:MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["ObjectStore:Folder"] = Path.Combine(folder.Folder, "files"),
            ["PublicUrl"] = "http://localhost:8080",
            ["Storage:QuotaPerUser"] = $"{Quota}",
        }).Build();
        cluster = await TestCluster.StartAsync(silo =>
        {
            silo.Services.AddSingleton<IConfiguration>(configuration);
            silo.Services.AddLogging();
            silo.Services.AddConfiguredObjectStore(configuration);
            silo.Services.AddGifShareGrains(configuration);
            silo.Services.AddSingleton<IIncomingGrainCallFilter, FaultFilter>();
        });
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        TestFolders.Delete(folder);
        await database.DisposeAsync();
    }

    public async Task<UserId> NewUser()
    {
        var id = UserId.New();
        await Execute(
            """
            INSERT INTO users (id, username, email, email_key, password_hash, display_name, first_name, last_name, created_at, last_active_at)
            VALUES (@id, @name, @name, @name, 'x', 'Ada Lovelace', 'Ada', 'Lovelace', now(), now())
            """,
            new { id = id.Value, name = "u" + id.Value.ToString("N") });
        return id;
    }

    public async Task<GifId> NewLinked(UserId owner)
    {
        var made = await Grains.Gif(GifId.New()).CreateLinked(owner, Link(), null);
        return made.Value!.Value.Id;
    }

    public static NewLinkedGif Link() => new($"https://media.example.org/{Guid.NewGuid()}.gif", 10, 20, "giphy");

    /// <summary>A real animated GIF of about 60 KB that no other call returns.</summary>
    public static byte[] Bytes()
    {
        var sample = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", "sailing.gif"));
        return [.. sample[..^1], 0x21, 0xfe, 16, .. Guid.NewGuid().ToByteArray(), 0, 0x3b];
    }

    /// <summary>What the frontend does before it calls the grain.</summary>
    public async Task<NewUploadedGif> Stage(byte[] bytes)
    {
        var outcome = await Service<UploadReader>().ReadAsync(new MemoryStream(bytes), 25 << 20, TestContext.Current.CancellationToken);
        var upload = outcome.Upload!;
        return new(upload.Staged.Token, upload.Key.ToString(), upload.ContentType, upload.Staged.Length, upload.Width, upload.Height, "sailing.gif");
    }

    public async Task<Result<Made<Gif>>> Upload(UserId owner, byte[] bytes) =>
        await Grains.Gif(GifId.New()).CreateUploaded(owner, await Stage(bytes), null);

    public async Task<bool> IsStaged(NewUploadedGif upload)
    {
        await using var stream = await Objects.OpenStagedAsync(new(upload.StagedObject, upload.ObjectKey[..64], upload.Size), TestContext.Current.CancellationToken);
        return stream is not null;
    }

    public Task<long> Used(UserId user) => Scalar<long>("SELECT coalesce((SELECT used FROM user_storage WHERE user_id = @user), 0)", new { user = user.Value });

    public Task<int> Execute(string sql, object? parameters = null) => Postgres.Run(connection => connection.ExecuteAsync(sql, parameters));

    public Task<T> Scalar<T>(string sql, object? parameters = null) => Postgres.Run(connection => connection.ExecuteScalarAsync<T>(sql, parameters))!;
}
