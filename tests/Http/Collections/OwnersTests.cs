using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

public class OwnersTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task With_an_account_go_its_collections_links_and_gifs_and_they_come_back_with_it()
    {
        // The first account is the administrator, who cannot go.
        using var first = await ApiClient.RegisterAsync(address);
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var mine = await me.NewCollectionAsync("public");
        var gif = await me.AddNewGifAsync(mine);
        var token = (string)(await me.NewLinkAsync(mine))["token"]!;
        // What lies in the trash goes and comes back with its owner too.
        var trashed = await me.NewCollectionAsync("private");
        var kept = await me.AddNewGifAsync(trashed);
        (await me.DeleteAsync($"/v1/collections/{trashed}")).Is(HttpStatusCode.NoContent);
        var theirs = await other.NewCollectionAsync("public");
        var own = await other.AddNewGifAsync(theirs);
        (await other.PostAsync($"/v1/collections/{theirs}/items", new JsonObject { ["gifId"] = gif })).Is(HttpStatusCode.Created);
        (await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK);
        Assert.Equal([own, gif], await other.ItemsAsync(theirs));

        var password = new JsonObject { ["password"] = "seven quiet otters" };
        (await me.SendAsync("DELETE", "/v1/users/me", password)).Is(HttpStatusCode.NoContent);
        (await guest.GetAsync($"/v1/shared/{token}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.GetAsync($"/v1/collections/{mine}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.GetAsync($"/v1/users/{me.Username}/collections")).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal([own], await other.ItemsAsync(theirs));
        Assert.Equal(1, (int)(await other.GetAsync($"/v1/collections/{theirs}")).Is(HttpStatusCode.OK)["itemCount"]!);
        await product.CountsAgree();

        await me.ComeBackAsync();
        (await me.PostAsync($"/v1/collections/{trashed}/restore")).Is(HttpStatusCode.OK);
        Assert.Equal([kept], await me.ItemsAsync(trashed));
        (await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK);
        (await guest.GetAsync($"/v1/collections/{mine}")).Is(HttpStatusCode.OK);
        Assert.Equal([own, gif], await other.ItemsAsync(theirs));
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_new_name_of_the_owner_reaches_every_page_within_seconds()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync("public");
        await me.AddNewGifAsync(id);
        var token = (string)(await me.NewLinkAsync(id))["token"]!;
        await guest.GetAsync($"/v1/collections/{id}");
        await guest.GetAsync($"/v1/shared/{token}");
        (await me.PatchAsync("/v1/users/me", new JsonObject { ["displayName"] = "Countess" })).Is(HttpStatusCode.OK);
        // The shared page first: what it learns must not make the other one look fresh.
        await Until(async () => (await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK)["collection"]!);
        await Until(async () => (await guest.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK).Json);

        static Task Until(Func<Task<JsonNode>> collection) => Eventually.True(
            async () => (string)(await collection())["owner"]!["displayName"]! == "Countess", TestContext.Current.CancellationToken, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Long_collections_are_read_to_the_end_while_they_grow()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        List<string> gifs = [];
        foreach (var some in Enumerable.Range(0, 130).Chunk(10))
            gifs.AddRange(await Task.WhenAll(some.Select(_ => me.NewGifAsync())));
        (await me.PostAsync($"/v1/collections/{id}/items/batch", new JsonObject { ["add"] = Ids(gifs[..120]) })).Is(HttpStatusCode.OK);
        var token = (string)(await me.NewLinkAsync(id))["token"]!;

        var first = await guest.GetAsync($"/v1/shared/{token}");
        var seen = Seen(first.Is(HttpStatusCode.OK));
        Assert.Equal(gifs[..50], seen);
        (await me.PostAsync($"/v1/collections/{id}/items/batch", new JsonObject { ["add"] = Ids(gifs[120..]) })).Is(HttpStatusCode.OK);
        var again = await guest.GetAsync($"/v1/shared/{token}");
        Assert.Equal(gifs[..50], Seen(again.Is(HttpStatusCode.OK)));
        Assert.Equal(130, (int)again["collection"]!["itemCount"]!);
        Assert.NotEqual(first.ETag, again.ETag);

        for (var next = (string?)first["next"]; next is not null;)
        {
            var page = (await guest.GetAsync($"/v1/shared/{token}/items?cursor={next}")).Is(HttpStatusCode.OK);
            seen.AddRange(Seen(page));
            next = (string?)page["next"];
        }

        Assert.Equal(gifs, seen);
        var other = (string)(await me.NewLinkAsync(id))["token"]!;
        (await guest.GetAsync($"/v1/shared/{other}/items?cursor={(string)first["next"]!}")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        // A removal on the first page moves the next item up.
        (await me.DeleteAsync($"/v1/collections/{id}/items/{gifs[3]}")).Is(HttpStatusCode.NoContent);
        Assert.Equal([.. gifs[..3], .. gifs[4..51]], Seen((await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK)));

        static JsonArray Ids(IEnumerable<string> ids) => new([.. ids.Select(gif => (JsonNode)gif)]);

        static List<string> Seen(Answer page) => [.. page["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!)];
    }
}
