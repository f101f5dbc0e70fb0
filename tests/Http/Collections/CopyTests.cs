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
    public async Task A_copy_belongs_to_the_copier_and_follows_nobody()
    {
        using var owner = await ApiClient.RegisterAsync(address);
        using var copier = await ApiClient.RegisterAsync(address);
        using var third = await ApiClient.RegisterAsync(address);
        var source = await owner.NewCollectionAsync("public");
        var bytes = Steps.Pixel();
        var uploaded = await owner.NewUploadAsync(bytes, "A cat");
        (await owner.PostAsync($"/v1/collections/{source}/items", new JsonObject { ["gifId"] = uploaded, ["note"] = "mine" })).Is(HttpStatusCode.Created);
        var linked = await owner.AddNewGifAsync(source, "A dog");
        // What the source's owner has only kept of somebody else is kept by the copier as well.
        var shelf = await third.NewCollectionAsync("public");
        var kept = await third.AddNewGifAsync(shelf, "Of a third");
        (await owner.PostAsync($"/v1/collections/{source}/items", new JsonObject { ["gifId"] = kept })).Is(HttpStatusCode.Created);

        var before = await copier.StorageUsedAsync();
        var copy = (string)(await copier.PostAsync($"/v1/collections/{source}/copy", new JsonObject())).Is(HttpStatusCode.Created)["id"]!;
        var items = (await copier.GetAsync($"/v1/collections/{copy}/items")).Is(HttpStatusCode.OK)["items"]!.AsArray();
        Assert.Equal(["A cat", "A dog", "Of a third"], items.Select(item => (string)item!["gif"]!["title"]!));
        Assert.Equal([copier.Username, copier.Username, third.Username], items.Select(item => (string)item!["gif"]!["owner"]!["username"]!));
        Assert.Equal("mine", (string)items[0]!["note"]!);
        var ids = items.Select(item => (string)item!["gif"]!["id"]!).ToList();
        Assert.DoesNotContain(uploaded, ids);
        Assert.DoesNotContain(linked, ids);
        Assert.Equal(kept, ids[2]);
        Assert.Equal(bytes.Length, await copier.StorageUsedAsync() - before);

        // Again: what one has is taken, nothing is made and nothing is counted twice.
        (await copier.PostAsync($"/v1/collections/{source}/copy", new JsonObject { ["collectionId"] = copy })).Is(HttpStatusCode.Created);
        Assert.Equal(ids, await copier.ItemsAsync(copy));
        var other = (string)(await copier.PostAsync($"/v1/collections/{source}/copy", new JsonObject { ["name"] = "Other" })).Is(HttpStatusCode.Created)["id"]!;
        Assert.Equal(ids, await copier.ItemsAsync(other));
        Assert.Equal(bytes.Length, await copier.StorageUsedAsync() - before);
        Assert.Equal(ids[0], (string)(await copier.UploadAsync("/v1/gifs", bytes, "again.gif", ("title", "Again"))).Is(HttpStatusCode.OK)["id"]!);

        (await owner.PatchAsync($"/v1/gifs/{uploaded}", new JsonObject { ["title"] = "Not for copies" })).Is(HttpStatusCode.OK);
        (await owner.DeleteAsync($"/v1/collections/{source}")).Is(HttpStatusCode.NoContent);
        (await owner.DeleteAsync($"/v1/gifs/{uploaded}")).Is(HttpStatusCode.NoContent);
        (await third.DeleteAsync($"/v1/collections/{shelf}")).Is(HttpStatusCode.NoContent);
        await Eventually.True(
            async () =>
            {
                var now = (await copier.GetAsync($"/v1/collections/{copy}/items")).Is(HttpStatusCode.OK)["items"]!.AsArray();
                return (string)now[0]!["gif"]!["title"]! == "A cat" && (bool?)now[2]!["gif"]!["hidden"] == true;
            },
            TestContext.Current.CancellationToken);
        using var anyone = new ApiClient(address);
        var url = (string)(await copier.GetAsync($"/v1/gifs/{ids[0]}")).Is(HttpStatusCode.OK)["url"]!;
        Assert.Equal(bytes, await anyone.GetBytesAsync(url));
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
}
