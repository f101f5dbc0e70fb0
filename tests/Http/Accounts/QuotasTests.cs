using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Accounts;

/// <summary>The whole product with quotas that are reached at once.</summary>
public sealed class QuotasProduct : IAsyncLifetime
{
    public TestProduct Product { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Product = await TestProduct.StartAsync(new Dictionary<string, string?>
    {
        ["RateLimits:RegistrationsPerHourPerAddress"] = "0",
        ["RateLimits:AnonymousPostsPerMinutePerAddress"] = "0",
        ["RateLimits:WritesPerMinute"] = "0",
        ["RateLimits:ItemsPerMinute"] = "4",
        ["Quotas:Collections"] = "3",
        ["Quotas:Items"] = "7",
        ["Quotas:Gifs"] = "6",
        ["Quotas:Links"] = "2",
    });

    public ValueTask DisposeAsync() => Product.DisposeAsync();
}

/// <summary>No account fills the database: rows are counted before anything is done, and what is full says so.</summary>
public sealed class QuotasTests(QuotasProduct product) : IClassFixture<QuotasProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task Collections_links_and_gifs_have_a_quota_that_deleting_frees()
    {
        using var me = await ApiClient.RegisterAsync(address);
        List<string> collections = [await me.NewCollectionAsync(), await me.NewCollectionAsync(), await me.NewCollectionAsync()];
        Full(await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "One more" }), "3 collections");
        await me.NewLinkAsync(collections[0]);
        var link = (string)(await me.NewLinkAsync(collections[1]))["id"]!;
        Full(await me.PostAsync($"/v1/collections/{collections[1]}/links", new JsonObject()), "2 links");
        List<string> gifs = [];
        for (var i = 0; i < 6; i++)
            gifs.Add(await me.NewGifAsync());
        Full(await me.PostAsync("/v1/gifs", Steps.LinkedGif()), "6 GIFs");
        Full(await me.PostAsync($"/v1/collections/{collections[0]}/items", Steps.LinkedGif()), "6 GIFs");
        Assert.Empty(await me.ItemsAsync(collections[0]));

        (await me.DeleteAsync($"/v1/collections/{collections[2]}")).Is(HttpStatusCode.NoContent);
        (await me.DeleteAsync($"/v1/collections/{collections[1]}/links/{link}")).Is(HttpStatusCode.NoContent);
        (await me.DeleteAsync($"/v1/gifs/{gifs[0]}")).Is(HttpStatusCode.NoContent);
        await Created(() => me.PostAsync("/v1/collections", new JsonObject { ["name"] = "In its place" }));
        await Created(() => me.PostAsync($"/v1/collections/{collections[1]}/links", new JsonObject()));
        await Created(() => me.PostAsync("/v1/gifs", Steps.LinkedGif()));
    }

    [Fact]
    public async Task The_trash_has_as_much_room_again_and_no_more()
    {
        using var me = await ApiClient.RegisterAsync(address);
        for (var i = 0; i < 6; i++)
        {
            string? made = null;
            await Eventually.True(
                async () => (made = (string?)(await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "Here and gone" })).Json?["id"]) is not null,
                TestContext.Current.CancellationToken);
            (await me.DeleteAsync($"/v1/collections/{made}")).Is(HttpStatusCode.NoContent);
        }

        await Eventually.True(
            async () =>
            {
                var refused = (await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "One more" })).IsProblem(HttpStatusCode.Conflict, "quota_exceeded");
                return ((string)refused["detail"]!).Contains("trash", StringComparison.Ordinal);
            },
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_a_batch_or_a_copy_adds_has_a_budget_and_a_quota_and_is_refused_whole()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        var collection = await me.NewCollectionAsync("public");
        List<string> gifs = [];
        for (var i = 0; i < 6; i++)
            gifs.Add(await me.NewGifAsync());
        // One that is larger than the budget goes when there was none before.
        (await Batch(gifs[..5])).Is(HttpStatusCode.OK);
        var late = (await Batch(gifs[5..])).IsProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.InRange(int.Parse(late.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal(gifs[..5], await me.ItemsAsync(collection));
        (await me.PostAsync($"/v1/collections/{collection}/copy", new JsonObject())).IsProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        // Items one by one are counted as writes, and have their quota.
        (await me.PostAsync($"/v1/collections/{collection}/items", new JsonObject { ["gifId"] = gifs[5] })).Is(HttpStatusCode.Created);

        var own = await other.NewCollectionAsync();
        await other.AddNewGifAsync(own);
        Full(await other.PostAsync($"/v1/collections/{collection}/copy", new JsonObject { ["collectionId"] = own }), "6 GIFs");
        await other.AddNewGifAsync(own);
        Assert.Equal(2, (await other.ItemsAsync(own)).Count);
        Assert.Single((await other.GetAsync("/v1/collections")).Is(HttpStatusCode.OK)["items"]!.AsArray());

        async Task<Answer> Batch(List<string> ids) =>
            await me.PostAsync($"/v1/collections/{collection}/items/batch", new JsonObject { ["add"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]) });
    }

    private static void Full(Answer reply, string what)
    {
        reply.IsProblem(HttpStatusCode.Conflict, "quota_exceeded");
        Assert.Contains(what, (string)reply["detail"]!, StringComparison.Ordinal);
    }

    // What is deleted is counted anew some moments later.
    private static Task Created(Func<Task<Answer>> post) =>
        Eventually.True(async () => (await post()).Status == HttpStatusCode.Created, TestContext.Current.CancellationToken);
}
