using Dapper;
using GifShare.Gifs;
using GifShare.Grains.Database;
using GifShare.ObjectStore;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Grains.Tests.Gifs;

/// <summary>A silo for tests of gifs, with a small quota and what such tests do first.</summary>
public sealed class GifsSilo : IAsyncLifetime
{
    public const long Quota = 500_000;
    private GrainsSilo silo = null!;

    public IGrainFactory Grains => silo.Grains;
    public Postgres Postgres => silo.Postgres;
    public string Files => silo.Files;
    public IObjectStore Objects => Service<IObjectStore>();
    public T Service<T>() where T : notnull => silo.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync() => silo = await GrainsSilo.Start(("Storage:QuotaPerUser", $"{Quota}"));

    public ValueTask DisposeAsync() => silo.DisposeAsync();

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

    /// <summary>A real animated GIF of about 60 KB that no other call returns: its last frame is a pixel with colours of its own.</summary>
    public static byte[] Bytes()
    {
        var sample = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", "sailing.gif"));
        return [.. sample[..^1], 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x82, .. Guid.NewGuid().ToByteArray(), .. new byte[8], 2, 2, 0x44, 1, 0, 0x3b];
    }

    /// <summary>What the frontend does before it calls the grain.</summary>
    public async Task<NewUploadedGif> Stage(byte[] bytes)
    {
        var outcome = await Service<UploadReader>().ReadAsync(new MemoryStream(bytes), 25 << 20, TestContext.Current.CancellationToken);
        var upload = outcome.Upload!;
        return new(upload.Staged.Token, upload.Key.ToString(), upload.ContentType, upload.Staged.Length, upload.Width, upload.Height, "sailing.gif");
    }

    public async Task<Result<CreatedOrExisting<Gif>>> Upload(UserId owner, byte[] bytes) =>
        await Grains.Gif(GifId.New()).CreateUploaded(owner, await Stage(bytes), null);

    public async Task<bool> IsStaged(NewUploadedGif upload)
    {
        await using var stream = await Objects.OpenStagedAsync(upload.StagedObject, TestContext.Current.CancellationToken);
        return stream is not null;
    }

    public Task<long> Used(UserId user) => Scalar<long>("SELECT coalesce((SELECT used FROM user_storage WHERE user_id = @user), 0)", new { user = user.Value });

    public Task<int> Execute(string sql, object? parameters = null) => Postgres.Run(connection => connection.ExecuteAsync(sql, parameters));

    public Task<T> Scalar<T>(string sql, object? parameters = null) => Postgres.Run(connection => connection.ExecuteScalarAsync<T>(sql, parameters))!;
}
