using System.Net;
using System.Text.Json.Nodes;

namespace GifShare.ApiFrontend.Tests.Collections;

public class CollectionsTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task A_collection_is_made_read_changed_deleted_and_restored()
    {
        using var me = await Caller.SignedIn(address);
        var made = await me.Post("/v1/collections", new JsonObject { ["name"] = "  Cats  ", ["description"] = "all of them" });
        var collection = made.Is(HttpStatusCode.Created);
        var path = $"/v1/collections/{(string)collection["id"]!}";
        Assert.Equal(path, made.Message.Headers.Location!.ToString());
        Assert.Equal("Cats", (string)collection["name"]!);
        Assert.Equal("private", (string)collection["visibility"]!);
        Assert.Equal(1, (int)collection["version"]!);
        Assert.Equal(me.Username, (string)collection["owner"]!["username"]!);

        var read = await me.Get(path);
        Assert.Equal(collection.ToJsonString(), read.Is(HttpStatusCode.OK).ToJsonString());
        Assert.Equal(made.ETag, read.ETag);
        (await me.Get(path, ("If-None-Match", read.ETag!))).Is(HttpStatusCode.NotModified);

        var changed = await me.Patch(path, new JsonObject { ["description"] = null, ["visibility"] = "public" }, ("If-Match", read.ETag!));
        Assert.Equal(2, (int)changed.Is(HttpStatusCode.OK)["version"]!);
        Assert.Null(changed.Json!["description"]);
        (await me.Patch(path, new JsonObject { ["name"] = "Dogs" }, ("If-Match", read.ETag!))).Refused(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal(changed.ETag, (await me.Get(path)).ETag);

        (await me.Delete(path)).Is(HttpStatusCode.NoContent);
        (await me.Delete(path)).Refused(HttpStatusCode.NotFound, "not_found");
        (await me.Get(path)).Refused(HttpStatusCode.NotFound, "not_found");
        var trash = (await me.Get("/v1/trash?type=collection")).Is(HttpStatusCode.OK);
        Assert.Contains(trash["items"]!.AsArray(), item => (string)item!["collection"]!["id"]! == (string)collection["id"]!);
        Assert.Equal(4, (int)(await me.Post(path + "/restore")).Is(HttpStatusCode.OK)["version"]!);
        Assert.Equal(4, (int)(await me.Post(path + "/restore")).Is(HttpStatusCode.OK)["version"]!);
        (await me.Get(path)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_may_see_and_who_may_change()
    {
        using var me = await Caller.SignedIn(address);
        using var other = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        foreach (var (visibility, visible) in new[] { ("private", false), ("shared", false), ("public", true) })
        {
            var path = $"/v1/collections/{await me.NewCollection(visibility)}";
            foreach (var viewer in new[] { other, guest })
            {
                (await viewer.Get(path)).Is(visible ? HttpStatusCode.OK : HttpStatusCode.NotFound);
                (await viewer.Get(path + "/items")).Is(visible ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            }

            var refusal = visible ? (HttpStatusCode.Forbidden, "forbidden") : (HttpStatusCode.NotFound, "not_found");
            (await other.Patch(path, new JsonObject { ["name"] = "Mine" })).Refused(refusal.Item1, refusal.Item2);
            (await other.Delete(path)).Refused(refusal.Item1, refusal.Item2);
            (await other.Post(path + "/links", new JsonObject())).Refused(refusal.Item1, refusal.Item2);
            (await other.Get(path + "/links")).Refused(refusal.Item1, refusal.Item2);
            var theirs = await other.NewGif();
            (await other.Post(path + "/items", new JsonObject { ["gifId"] = theirs })).Refused(refusal.Item1, refusal.Item2);
            (await other.Post(path + "/items", new JsonObject { ["url"] = "https://x.org/a.gif", ["width"] = 1, ["height"] = 1, ["provider"] = "x" })).Refused(refusal.Item1, refusal.Item2);
            (await guest.Patch(path, new JsonObject { ["name"] = "Mine" })).Refused(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        Assert.Equal(
            ["public"],
            (await guest.Get($"/v1/users/{me.Username}/collections")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["visibility"]!));
        (await guest.Get("/v1/users/nobody-at-all/collections")).Refused(HttpStatusCode.NotFound, "not_found");
        (await guest.Get($"/v1/collections/{Guid.NewGuid()}")).Refused(HttpStatusCode.NotFound, "not_found");
        (await guest.Get("/v1/collections/nonsense")).Refused(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Bad_input_names_what_is_wrong_and_changes_nothing()
    {
        using var me = await Caller.SignedIn(address);
        var path = $"/v1/collections/{await me.NewCollection()}";
        await Refuse("/v1/collections", new() { ["name"] = "" }, "name");
        await Refuse("/v1/collections", new() { ["name"] = new string('x', 101) }, "name");
        await Refuse("/v1/collections", new() { ["name"] = "x", ["visibility"] = "secret" }, "visibility");
        await Refuse("/v1/collections", new() { ["name"] = "x\u202e" }, "name");
        await Refuse("/v1/collections", new() { ["name"] = "x", ["colour"] = "red" }, "colour");
        await Refuse(path + "/items", new() { ["gifId"] = Guid.NewGuid().ToString() }, "gifId");
        await Refuse(path + "/items", new() { ["gifId"] = "nonsense" }, "gifId");
        await Refuse(path + "/items", [], "gifId");
        await Refuse(path + "/items", new() { ["url"] = "https://x.org/a.gif" }, "width");
        await Refuse(path + "/items", new() { ["gifId"] = await me.NewGif(), ["before"] = Guid.NewGuid().ToString() }, "before");
        await Refuse(path + "/links", new() { ["password"] = "abc" }, "password");
        await Refuse(path + "/links", new() { ["maxViews"] = 0 }, "maxViews");
        await Refuse(path + "/links", new() { ["expiresAt"] = "2020-01-01T00:00:00Z" }, "expiresAt");
        await Refuse(path + "/items/batch", new() { ["remove"] = new JsonArray(Guid.NewGuid().ToString()) }, "remove");
        await Refuse(path + "/copy", new() { ["collectionId"] = Guid.NewGuid().ToString() }, "collectionId");
        (await me.Get(path + "/items?cursor=bad")).Refused(HttpStatusCode.BadRequest, "invalid_request");
        (await me.Get(path + "/items?sort=size")).Refused(HttpStatusCode.BadRequest, "invalid_request");
        (await me.Get(path + "/items?limit=101")).Refused(HttpStatusCode.BadRequest, "invalid_request");
        (await me.Patch(path, new JsonObject { ["name"] = null })).Refused(HttpStatusCode.BadRequest, "invalid_request");
        (await me.Patch(path, new JsonObject { ["coverGifId"] = await me.NewGif() })).Refused(HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal(1, (int)(await me.Get(path)).Is(HttpStatusCode.OK)["version"]!);

        async Task Refuse(string where, JsonObject body, string field) =>
            Assert.NotNull((await me.Post(where, body)).Refused(HttpStatusCode.BadRequest, "invalid_request").Json!["errors"]?[field]);
    }

    [Fact]
    public async Task My_collections_are_listed_last_changed_first_and_found_by_name()
    {
        using var me = await Caller.SignedIn(address);
        List<string> made = [];
        for (var i = 0; i < 5; i++)
            made.Add(await me.NewCollection(name: $"100% cats {i}"));
        await me.AddNewGif(made[0]);
        string? cursor = null;
        List<string> seen = [];
        do
        {
            var page = (await me.Get($"/v1/collections?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}")).Is(HttpStatusCode.OK);
            seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        Assert.Equal([made[0], made[4], made[3], made[2], made[1]], seen);
        Assert.Single((await me.Get("/v1/collections?q=CATS%203")).Is(HttpStatusCode.OK)["items"]!.AsArray());
        Assert.Equal(5, (await me.Get("/v1/collections?q=0%25")).Is(HttpStatusCode.OK)["items"]!.AsArray().Count);
        Assert.Empty((await me.Get("/v1/collections?q=c_ts")).Is(HttpStatusCode.OK)["items"]!.AsArray());
        Assert.Equal(1, (int)(await me.Get("/v1/collections?limit=1")).Is(HttpStatusCode.OK)["items"]![0]!["itemCount"]!);
    }

    [Fact]
    public async Task A_public_collection_counts_views_of_others_and_likes_of_everyone()
    {
        using var me = await Caller.SignedIn(address);
        using var other = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection("public");
        var path = $"/v1/collections/{id}";
        await me.Get(path);
        var first = await guest.Get(path);
        await other.Get(path);
        await guest.Send(HttpMethod.Head, path, null);
        await guest.Get(path, ("Sec-Purpose", "prefetch"));
        await Fixtures.Eventually.True(async () => (int)(await me.Get(path)).Is(HttpStatusCode.OK)["viewCount"]! == 2, TestContext.Current.CancellationToken);
        var read = await me.Get(path);
        (await guest.Get(path, ("If-None-Match", read.ETag!))).Is(HttpStatusCode.NotModified);
        Assert.NotEqual(first.ETag, read.ETag);
        Assert.StartsWith("\"1.", read.ETag, StringComparison.Ordinal);
        Assert.True(read.Message.Headers.CacheControl is { Public: true, NoCache: true });

        Assert.Equal("""{"liked":true,"likeCount":1}""", (await other.Put(path + "/like")).Is(HttpStatusCode.OK).ToJsonString());
        Assert.Equal("""{"liked":true,"likeCount":1}""", (await other.Put(path + "/like")).Is(HttpStatusCode.OK).ToJsonString());
        Assert.Equal("""{"liked":true,"likeCount":2}""", (await me.Put(path + "/like")).Is(HttpStatusCode.OK).ToJsonString());
        Assert.Equal("""{"liked":false,"likeCount":1}""", (await other.Delete(path + "/like")).Is(HttpStatusCode.OK).ToJsonString());
        (await guest.Put(path + "/like")).Refused(HttpStatusCode.Unauthorized, "unauthenticated");
        await Fixtures.Eventually.True(async () => (int)(await me.Get(path)).Is(HttpStatusCode.OK)["likeCount"]! == 1, TestContext.Current.CancellationToken);
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_collection_is_copied_into_a_new_one_or_one_of_mine()
    {
        using var me = await Caller.SignedIn(address);
        using var other = await Caller.SignedIn(address);
        var source = await me.NewCollection("public", "Cats");
        List<string> gifs = [await me.AddNewGif(source), await me.AddNewGif(source), await me.AddNewGif(source)];
        var copy = (await other.Post($"/v1/collections/{source}/copy", new JsonObject())).Is(HttpStatusCode.Created);
        Assert.Equal("Cats", (string)copy["name"]!);
        Assert.Equal("private", (string)copy["visibility"]!);
        Assert.Equal(3, (int)copy["itemCount"]!);
        Assert.Equal(gifs, await other.Items((string)copy["id"]!));

        var target = await other.NewCollection();
        (await other.Post($"/v1/collections/{target}/items", new JsonObject { ["gifId"] = gifs[1] })).Is(HttpStatusCode.Created);
        var into = (await other.Post($"/v1/collections/{source}/copy", new JsonObject { ["collectionId"] = target })).Is(HttpStatusCode.Created);
        Assert.Equal(3, (int)into["itemCount"]!);
        Assert.Equal(3, (int)into["version"]!);
        Assert.Equal([gifs[1], gifs[0], gifs[2]], await other.Items(target));
        (await other.Post($"/v1/collections/{await me.NewCollection("private")}/copy", new JsonObject())).Refused(HttpStatusCode.NotFound, "not_found");
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_repeated_request_gets_its_first_answer()
    {
        using var me = await Caller.SignedIn(address);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = await me.Post("/v1/collections", new JsonObject { ["name"] = "Once" }, key);
        var second = await me.Post("/v1/collections", new JsonObject { ["name"] = "Once" }, key);
        Assert.Equal(first.Is(HttpStatusCode.Created).ToJsonString(), second.Is(HttpStatusCode.Created).ToJsonString());
        Assert.Equal(first.ETag, second.ETag);
        (await me.Post("/v1/collections", new JsonObject { ["name"] = "Twice" }, key)).Refused(HttpStatusCode.Conflict, "conflict");

        var path = $"/v1/collections/{(string)first.Json!["id"]!}";
        var gif = await me.NewGif();
        var added = await me.Post(path + "/items", new JsonObject { ["gifId"] = gif }, key);
        var again = await me.Post(path + "/items", new JsonObject { ["gifId"] = gif }, key);
        Assert.Equal(added.Is(HttpStatusCode.Created).ToJsonString(), again.Is(HttpStatusCode.Created).ToJsonString());
        Assert.Equal("true", again.Header("Idempotency-Replayed"));

        (await me.Patch(path, new JsonObject { ["visibility"] = "shared" })).Is(HttpStatusCode.OK);
        var link = await me.Post(path + "/links", new JsonObject(), key);
        Assert.Equal(link.Is(HttpStatusCode.Created).ToJsonString(), (await me.Post(path + "/links", new JsonObject(), key)).Is(HttpStatusCode.Created).ToJsonString());
        Assert.Single((await me.Get(path + "/links")).Is(HttpStatusCode.OK)["items"]!.AsArray());
    }
}
