using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Collections;

public class OwnersTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task With_an_account_go_its_collections_links_and_gifs_and_they_come_back_with_it()
    {
        // The first account is the administrator, who cannot go.
        using var first = await Caller.SignedIn(address);
        using var me = await Caller.SignedIn(address);
        using var other = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var mine = await me.NewCollection("public");
        var gif = await me.AddNewGif(mine);
        var token = (string)(await me.NewLink(mine))["token"]!;
        var theirs = await other.NewCollection("public");
        var own = await other.AddNewGif(theirs);
        (await other.Post($"/v1/collections/{theirs}/items", new JsonObject { ["gifId"] = gif })).Is(HttpStatusCode.Created);
        (await guest.Get($"/v1/shared/{token}")).Is(HttpStatusCode.OK);
        Assert.Equal([own, gif], await other.Items(theirs));

        var password = new JsonObject { ["password"] = "seven quiet otters" };
        (await me.Send(HttpMethod.Delete, "/v1/users/me", password)).Is(HttpStatusCode.NoContent);
        (await guest.Get($"/v1/shared/{token}")).Refused(HttpStatusCode.NotFound, "not_found");
        (await guest.Get($"/v1/collections/{mine}")).Refused(HttpStatusCode.NotFound, "not_found");
        (await guest.Get($"/v1/users/{me.Username}/collections")).Refused(HttpStatusCode.NotFound, "not_found");
        Assert.Equal([own], await other.Items(theirs));
        Assert.Equal(1, (int)(await other.Get($"/v1/collections/{theirs}")).Is(HttpStatusCode.OK)["itemCount"]!);
        await product.CountsAgree();

        (await guest.Post("/v1/users/restore", new JsonObject { ["login"] = me.Username, ["password"] = "seven quiet otters" })).Is(HttpStatusCode.OK);
        (await guest.Get($"/v1/shared/{token}")).Is(HttpStatusCode.OK);
        (await guest.Get($"/v1/collections/{mine}")).Is(HttpStatusCode.OK);
        Assert.Equal([own, gif], await other.Items(theirs));
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_new_name_of_the_owner_reaches_every_page_within_seconds()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection("public");
        await me.AddNewGif(id);
        var token = (string)(await me.NewLink(id))["token"]!;
        await guest.Get($"/v1/collections/{id}");
        await guest.Get($"/v1/shared/{token}");
        (await me.Patch("/v1/users/me", new JsonObject { ["displayName"] = "Countess" })).Is(HttpStatusCode.OK);
        // The shared page first: what it learns must not make the other one look fresh.
        await Until(async () => (await guest.Get($"/v1/shared/{token}")).Is(HttpStatusCode.OK)["collection"]!);
        await Until(async () => (await guest.Get($"/v1/collections/{id}")).Is(HttpStatusCode.OK));

        static Task Until(Func<Task<JsonNode>> collection) => Eventually.True(
            async () => (string)(await collection())["owner"]!["displayName"]! == "Countess", TestContext.Current.CancellationToken, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Long_collections_are_read_to_the_end_while_they_grow()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        List<string> gifs = [];
        foreach (var some in Enumerable.Range(0, 130).Chunk(10))
            gifs.AddRange(await Task.WhenAll(some.Select(_ => me.NewGif())));
        (await me.Post($"/v1/collections/{id}/items/batch", new JsonObject { ["add"] = Ids(gifs[..120]) })).Is(HttpStatusCode.OK);
        var token = (string)(await me.NewLink(id))["token"]!;

        var first = await guest.Get($"/v1/shared/{token}");
        var seen = Seen(first.Is(HttpStatusCode.OK));
        Assert.Equal(gifs[..50], seen);
        (await me.Post($"/v1/collections/{id}/items/batch", new JsonObject { ["add"] = Ids(gifs[120..]) })).Is(HttpStatusCode.OK);
        var again = await guest.Get($"/v1/shared/{token}");
        Assert.Equal(gifs[..50], Seen(again.Is(HttpStatusCode.OK)));
        Assert.Equal(130, (int)again.Json!["collection"]!["itemCount"]!);
        Assert.NotEqual(first.ETag, again.ETag);

        for (var next = (string?)first.Json!["next"]; next is not null;)
        {
            var page = (await guest.Get($"/v1/shared/{token}/items?cursor={next}")).Is(HttpStatusCode.OK);
            seen.AddRange(Seen(page));
            next = (string?)page["next"];
        }

        Assert.Equal(gifs, seen);
        var other = (string)(await me.NewLink(id))["token"]!;
        (await guest.Get($"/v1/shared/{other}/items?cursor={(string)first.Json["next"]!}")).Refused(HttpStatusCode.BadRequest, "invalid_request");
        // A removal on the first page moves the next item up.
        (await me.Delete($"/v1/collections/{id}/items/{gifs[3]}")).Is(HttpStatusCode.NoContent);
        Assert.Equal([.. gifs[..3], .. gifs[4..51]], Seen((await guest.Get($"/v1/shared/{token}")).Is(HttpStatusCode.OK)));

        static JsonArray Ids(IEnumerable<string> ids) => new([.. ids.Select(gif => (JsonNode)gif)]);

        static List<string> Seen(JsonNode page) => [.. page["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!)];
    }
}
