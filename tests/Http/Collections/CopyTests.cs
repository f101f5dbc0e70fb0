using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

/// <summary>Copies of somebody else's collection.</summary>
public sealed class CopyTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task A_copy_has_gifs_of_the_copiers_own_and_keeps_what_was_only_kept()
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var copier = await ApiClient.RegisterAsync(address);
        using var third = await ApiClient.RegisterAsync(address);
        var source = await NewSourceAsync(owner, third);
        var copy = await CopyAsync(copier, source, []);
        var items = (await copier.GetAsync($"/v1/collections/{copy}/items")).Is(HttpStatusCode.OK)["items"]!.AsArray();
        Assert.Equal(["A cat", "A dog", "Of a third"], items.Select(item => (string)item!["gif"]!["title"]!));
        Assert.Equal([copier.Username, copier.Username, third.Username], items.Select(item => (string)item!["gif"]!["owner"]!["username"]!));
        Assert.Equal("mine", (string)items[0]!["note"]!);
        var ids = items.Select(item => (string)item!["gif"]!["id"]!).ToList();
        Assert.DoesNotContain(source.Uploaded, ids);
        Assert.DoesNotContain(source.Linked, ids);
        Assert.Equal(source.Kept, ids[2]);
        await product.CountsAgree();
    }

    [Fact]
    public async Task What_the_copier_has_of_it_is_taken_again_and_counted_once()
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var copier = await ApiClient.RegisterAsync(address);
        using var third = await ApiClient.RegisterAsync(address);
        var source = await NewSourceAsync(owner, third);
        var copy = await CopyAsync(copier, source, []);
        var ids = await copier.ItemsAsync(copy);
        Assert.Equal(source.Bytes.Length, await copier.StorageUsedAsync());

        await CopyAsync(copier, source, new() { ["collectionId"] = copy });
        Assert.Equal(ids, await copier.ItemsAsync(copy));
        Assert.Equal(ids, await copier.ItemsAsync(await CopyAsync(copier, source, new() { ["name"] = "Other" })));
        Assert.Equal(ids[0], (string)(await copier.UploadAsync("/v1/gifs", source.Bytes, "again.gif", ("title", "Again"))).Is(HttpStatusCode.OK)["id"]!);
        Assert.Equal(source.Bytes.Length, await copier.StorageUsedAsync());
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_copy_follows_nobody_but_hides_what_is_kept_when_its_owner_closes_it()
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var copier = await ApiClient.RegisterAsync(address);
        using var third = await ApiClient.RegisterAsync(address);
        var source = await NewSourceAsync(owner, third);
        var copy = await CopyAsync(copier, source, []);

        (await owner.PatchAsync($"/v1/gifs/{source.Uploaded}", new JsonObject { ["title"] = "Not for copies" })).Is(HttpStatusCode.OK);
        (await owner.DeleteAsync($"/v1/collections/{source.Id}")).Is(HttpStatusCode.NoContent);
        (await owner.DeleteAsync($"/v1/gifs/{source.Uploaded}")).Is(HttpStatusCode.NoContent);
        (await third.DeleteAsync($"/v1/collections/{source.Shelf}")).Is(HttpStatusCode.NoContent);
        await Eventually.True(async () => (bool?)(await GifsOfAsync(copier, copy))[2]["hidden"] == true, TestContext.Current.CancellationToken);
        var cat = (await GifsOfAsync(copier, copy))[0];
        Assert.Equal("A cat", (string)cat["title"]!);
        using var anyone = new ApiClient(address);
        Assert.Equal(source.Bytes, await anyone.GetBytesAsync((string)cat["url"]!));
        await product.CountsAgree();
    }

    [Fact]
    public async Task Many_copies_of_the_same_at_once_share_what_they_make()
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var copier = await ApiClient.RegisterAsync(address);
        var source = await owner.NewCollectionAsync("public");
        var bytes = Steps.Pixel();
        (await owner.PostAsync($"/v1/collections/{source}/items", new JsonObject { ["gifId"] = await owner.NewUploadAsync(bytes, "A cat") })).Is(HttpStatusCode.Created);
        for (var i = 0; i < 5; i++)
            await owner.AddNewGifAsync(source);
        var copies = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => copier.PostAsync($"/v1/collections/{source}/copy", new JsonObject { ["name"] = $"Copy {n}" })));
        var items = await Task.WhenAll(copies.Select(copy => copier.ItemsAsync((string)copy.Is(HttpStatusCode.Created)["id"]!)));
        Assert.Equal(6, items[0].Count);
        Assert.All(items, its => Assert.Equal(items[0], its));
        Assert.Equal(bytes.Length, await copier.StorageUsedAsync());
        await product.CountsAgree();
    }

    [Fact]
    public async Task Where_its_owner_allows_no_copies_there_are_none()
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        var source = (string)(await owner.PostAsync("/v1/collections", new JsonObject { ["name"] = "Look only", ["visibility"] = "public", ["allowCopies"] = false })).Is(HttpStatusCode.Created)["id"]!;
        var gif = await owner.AddNewGifAsync(source, "A cat");
        var token = (string)(await owner.NewLinkAsync(source))["token"]!;
        (await other.PostAsync($"/v1/collections/{source}/copy", new JsonObject())).IsProblem(HttpStatusCode.Forbidden, "copies_off");
        (await other.PostAsync($"/v1/shared/{token}/copy", new JsonObject())).IsProblem(HttpStatusCode.Forbidden, "copies_off");
        Assert.Empty((await other.GetAsync("/v1/collections")).Is(HttpStatusCode.OK)["items"]!.AsArray());
        (await other.PutAsync($"/v1/favorites/{gif}")).Is(HttpStatusCode.NoContent);
        (await owner.PostAsync($"/v1/collections/{source}/copy", new JsonObject())).Is(HttpStatusCode.Created);

        (await owner.PatchAsync($"/v1/collections/{source}", new JsonObject { ["allowCopies"] = null })).Is(HttpStatusCode.BadRequest);
        Assert.True((bool)(await owner.PatchAsync($"/v1/collections/{source}", new JsonObject { ["allowCopies"] = true })).Is(HttpStatusCode.OK)["allowCopies"]!);
        (await other.PostAsync($"/v1/shared/{token}/copy", new JsonObject())).Is(HttpStatusCode.Created);
    }

    /// <summary>A public collection with an uploaded gif and a linked one of its owner's, and one that the owner only keeps of a third.</summary>
    private static async Task<Source> NewSourceAsync(ApiClient owner, ApiClient third)
    {
        var id = await owner.NewCollectionAsync("public");
        var bytes = Steps.Pixel();
        var uploaded = await owner.NewUploadAsync(bytes, "A cat");
        (await owner.PostAsync($"/v1/collections/{id}/items", new JsonObject { ["gifId"] = uploaded, ["note"] = "mine" })).Is(HttpStatusCode.Created);
        var linked = await owner.AddNewGifAsync(id, "A dog");
        var shelf = await third.NewCollectionAsync("public");
        var kept = await third.AddNewGifAsync(shelf, "Of a third");
        await owner.AddAsync(id, kept);
        return new(id, uploaded, bytes, linked, kept, shelf);
    }

    private static async Task<string> CopyAsync(ApiClient copier, Source source, JsonObject body) =>
        (string)(await copier.PostAsync($"/v1/collections/{source.Id}/copy", body)).Is(HttpStatusCode.Created)["id"]!;

    private static async Task<List<JsonNode>> GifsOfAsync(ApiClient client, string collection) =>
        [.. (await client.GetAsync($"/v1/collections/{collection}/items")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => item!["gif"]!)];

    private sealed record Source(string Id, string Uploaded, byte[] Bytes, string Linked, string Kept, string Shelf);
}
