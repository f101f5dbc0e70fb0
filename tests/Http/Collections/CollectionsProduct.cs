using System.Net;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Grains;

namespace GifShare.Http.Tests.Collections;

/// <summary>The whole product, without the limits that tests of other things would meet.</summary>
public sealed class CollectionsProduct : IAsyncLifetime
{
    public TestProduct Product { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:ReadsPerMinutePerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["Collections:ViewFlushMilliseconds"] = "50",
    });

    /// <summary>What <c>gifshare check</c> finds must be nothing, once the gathered views are written.</summary>
    public async Task CountsAgree() => await Eventually.True(
        async () => (await GrainsServices.CheckCounters(Product.ConnectionString, TestContext.Current.CancellationToken)).Count == 0, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Product.DisposeAsync();
}

internal static class CollectionsSteps
{
    /// <summary>The deleted account comes back; its sessions have ended with it.</summary>
    public static async Task ComeBackAsync(this ApiClient client) =>
        client.Take((await client.As(null).PostAsync("/v1/users/restore", ApiClient.Credentials(client.Username, ApiClient.Password))).Is(HttpStatusCode.OK));

    /// <summary>Bytes of the caller's quota.</summary>
    public static async Task<long> StorageUsedAsync(this ApiClient client) => (long)(await client.GetAsync("/v1/users/me")).Is(HttpStatusCode.OK)["storageUsed"]!;

    /// <summary>A file of the caller's own that is not there yet; the answer is the gif's id.</summary>
    public static async Task<string> NewUploadAsync(this ApiClient client, byte[] file, string title) =>
        (string)(await client.UploadAsync(file, ("title", title))).Is(HttpStatusCode.Created)["id"]!;
}
