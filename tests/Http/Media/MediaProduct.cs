using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Grains;

namespace GifShare.Http.Tests.Media;

/// <summary>The whole product with the smallest parts, so that files of some megabytes have several, and without limits on how often.</summary>
public sealed class MediaProduct : IAsyncLifetime
{
    public const int PartBytes = 5 << 20;
    public const long Quota = 40 << 20;

    private TestProduct product = null!;

    public Uri Address => product.BaseAddress;

    public string ConnectionString => product.ConnectionString;

    public IServiceProvider Services => product.Services;

    public async ValueTask InitializeAsync() => product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["RateLimits:UploadsPerHour"] = "0",
        ["Media:PartBytes"] = $"{PartBytes}",
        ["Storage:QuotaPerUser"] = $"{Quota}",
    });

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(await GrainsServices.CheckCounters(ConnectionString));
        await product.DisposeAsync();
    }
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
