using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GifShare.ApiFrontend.Limits;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Grains;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GifShare.Http.Tests.Media;

/// <summary>The whole product with the smallest parts, so that files of some megabytes have several, and without limits on how often.</summary>
public class MediaProduct : IAsyncLifetime
{
    public const int PartBytes = 5 << 20;
    public const long Quota = 40 << 20;

    private TestProduct? product;

    public Uri Address => product!.BaseAddress;

    public string ConnectionString => product!.ConnectionString;

    /// <summary>Bytes that have arrived and are not stored yet.</summary>
    public long Arriving => Services.GetRequiredService<UploadRoom>().Arriving;

    public IServiceProvider Services => product!.Services;

    public virtual async ValueTask InitializeAsync() => await StartAsync([]);

    protected async Task StartAsync(Dictionary<string, string?> store) => product = await TestProduct.StartAsync(new Dictionary<string, string?>(store)
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["RateLimits:UploadsPerHour"] = "0",
        ["Media:PartBytes"] = $"{PartBytes}",
        ["Storage:QuotaPerUser"] = $"{Quota}",
    }, Configure);

    /// <summary>How many requests have begun to append to an upload.</summary>
    public async Task<long> TurnAsync(string media)
    {
        await using var database = NpgsqlDataSource.Create(ConnectionString);
        await using var command = database.CreateCommand("SELECT turn FROM gifshare.uploads WHERE media_id = $1");
        command.Parameters.AddWithValue(Guid.Parse(media));
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Joins the parts of an upload without recording it, as if the silo had died in between.</summary>
    public async Task JoinAsync(string media)
    {
        await using var database = NpgsqlDataSource.Create(ConnectionString);
        await using var command = database.CreateCommand("SELECT token, store_id FROM gifshare.uploads WHERE media_id = $1");
        command.Parameters.AddWithValue(Guid.Parse(media));
        await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await row.ReadAsync(TestContext.Current.CancellationToken));
        var (store, upload) = (Services.GetRequiredService<IObjectStore>(), new MultipartUpload(row.GetString(0), row.GetString(1)));
        Assert.NotNull(await store.CompleteUploadAsync(upload, (await store.ListPartsAsync(upload, TestContext.Current.CancellationToken))!, TestContext.Current.CancellationToken));
    }

    /// <summary>Ends an upload as if its time were over.</summary>
    public async Task ExpireAsync(string media)
    {
        await using var database = NpgsqlDataSource.Create(ConnectionString);
        await using var command = database.CreateCommand("UPDATE gifshare.uploads SET expires_at = now() - interval '1 minute' WHERE media_id = $1");
        command.Parameters.AddWithValue(Guid.Parse(media));
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Services.GetRequiredService<IGrainFactory>().Media(new(Guid.Parse(media))).Expire();
    }

    protected virtual void Configure(WebApplicationBuilder builder)
    {
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (product is null)
            return;
        Assert.Empty(await GrainsServices.CheckCounters(ConnectionString));
        await product.DisposeAsync();
    }
}

/// <summary>The same with a store that has the bounds of S3.</summary>
public sealed class BucketProduct : MediaProduct
{
    protected override void Configure(WebApplicationBuilder builder)
    {
        var registered = builder.Services.Last(service => service.ServiceType == typeof(IObjectStore));
        builder.Services.Remove(registered);
        builder.Services.AddSingleton(services => BucketLike.Over((IObjectStore)(registered.ImplementationFactory?.Invoke(services)
            ?? registered.ImplementationInstance ?? ActivatorUtilities.CreateInstance(services, registered.ImplementationType!))));
    }
}

/// <summary>The same with a bucket of a real S3 server; not started where there is none.</summary>
public sealed class S3MediaProduct : MediaProduct
{
    private string problem = "";

    public override async ValueTask InitializeAsync()
    {
        (var server, problem) = await S3Server.TryGetAsync();
        if (server is null)
            return;
        var options = server.In("media-" + Guid.NewGuid().ToString("N"));
        using var client = S3Connection.ClientOf(options, server.Endpoint);
        await client.PutBucketAsync(options.Bucket, TestContext.Current.CancellationToken);
        await StartAsync(new()
        {
            ["ObjectStore:Kind"] = "S3",
            ["ObjectStore:S3:Endpoint"] = options.Endpoint,
            ["ObjectStore:S3:AccessKey"] = options.AccessKey,
            ["ObjectStore:S3:SecretKey"] = options.SecretKey,
            ["ObjectStore:S3:Bucket"] = options.Bucket,
            ["ObjectStore:S3:EventSecret"] = EventSecret,
        });
        Server = options;
    }

    public const string EventSecret = "the-secret-that-the-store-shows-us";

    /// <summary>The bucket.</summary>
    public S3Options? Server { get; private set; }

    public void SkipWithoutServer() => Assert.SkipWhen(problem.Length > 0, problem);
}

internal static class MediaSteps
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Bytes that begin as an MP4 does and go on at random.</summary>
    public static byte[] Video(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        byte[] start = [0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 2, 0];
        start.CopyTo(bytes, 0);
        return bytes;
    }

    public static JsonObject Announcement(byte[] file, string type = "video/mp4", string? sha256 = null)
    {
        var body = new JsonObject { ["fileName"] = "a file.mp4", ["contentType"] = type, ["size"] = file.Length };
        if (sha256 is not null)
            body["sha256"] = sha256;
        return body;
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static byte[] PartOf(byte[] file, int number) => file[((number - 1) * MediaProduct.PartBytes)..Math.Min(file.Length, number * MediaProduct.PartBytes)];

    /// <summary>Sends one part; returns its line of the manifest.</summary>
    public static async Task<JsonObject> PutPartAsync(this ApiClient client, JsonNode part, byte[] file)
    {
        var number = (int)part["number"]!;
        using var guest = client.As(null);
        var answer = (await guest.SendAsync("PUT", (string)part["url"]!, new ByteArrayContent(PartOf(file, number)))).IsDone();
        return new() { ["number"] = number, ["etag"] = answer.ETag };
    }

    /// <summary>Announces, sends and completes a file; returns the media when it is ready or failed.</summary>
    public static async Task<JsonNode> UploadMediaAsync(this ApiClient client, byte[] file, string type = "video/mp4", string? sha256 = null)
    {
        var begun = (await client.PostAsync("/v1/media", Announcement(file, type, sha256))).IsDone();
        var parts = await Task.WhenAll(begun["parts"]!.AsArray().Select(part => client.PutPartAsync(part!, file)));
        return await client.CompleteAsync((string)begun["media"]!["id"]!, parts);
    }

    public static async Task<JsonNode> CompleteAsync(this ApiClient client, string id, IEnumerable<JsonObject> parts)
    {
        (await client.PostAsync($"/v1/media/{id}/complete", new JsonObject { ["parts"] = new JsonArray([.. parts]) })).Is(System.Net.HttpStatusCode.Accepted);
        return await client.SettledAsync(id);
    }

    public static async Task<JsonNode> SettledAsync(this ApiClient client, string id)
    {
        JsonNode media = null!;
        await Eventually.True(async () => (string?)(media = (await client.GetAsync($"/v1/media/{id}")).IsDone().Json)["status"] is "ready" or "failed", Cancel);
        return media;
    }

    public static async Task<long> StorageUsedAsync(this ApiClient client) => (long)(await client.GetAsync("/v1/users/me"))["storageUsed"]!;
}
