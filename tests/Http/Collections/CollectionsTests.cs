using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

public class CollectionsTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task A_new_collection_is_private_and_ones_own()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var made = await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "  Cats  ", ["description"] = "all of them" });
        Assert.Equal($"/v1/collections/{(string)made.Is(HttpStatusCode.Created)["id"]!}", made.Headers.Location!.ToString());
        Assert.Equal(("Cats", "all of them"), ((string)made["name"]!, (string)made["description"]!));
        Assert.Equal("private", (string)made["visibility"]!);
        Assert.Equal(1, (int)made["version"]!);
        Assert.Equal(me.Username, (string)made["owner"]!["username"]!);
    }

    [Fact]
    public async Task A_collection_is_read_as_it_was_made_and_not_sent_again_while_it_is_the_same()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var made = await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "Cats", ["description"] = "all of them" });
        var path = made.Is(HttpStatusCode.Created).Headers.Location!.ToString();
        var read = await me.GetAsync(path);
        Assert.Equal(made.Json.ToJsonString(), read.Is(HttpStatusCode.OK).Json.ToJsonString());
        Assert.Equal(made.ETag, read.ETag);
        (await me.GetAsync(path, ("If-None-Match", read.ETag!))).Is(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task A_change_is_made_on_the_version_that_was_read_and_on_no_older_one()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var made = await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "Cats", ["description"] = "all of them" });
        var path = made.Is(HttpStatusCode.Created).Headers.Location!.ToString();
        var changed = await me.PatchAsync(path, new JsonObject { ["description"] = null, ["visibility"] = "public" }, ("If-Match", made.ETag!));
        Assert.Equal(2, (int)changed.Is(HttpStatusCode.OK)["version"]!);
        Assert.Null(changed["description"]);
        Assert.Equal("public", (string)changed["visibility"]!);
        (await me.PatchAsync(path, new JsonObject { ["name"] = "Dogs" }, ("If-Match", made.ETag!))).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal(changed.ETag, (await me.GetAsync(path)).ETag);
    }

    [Fact]
    public async Task A_deleted_collection_lies_in_the_trash_until_it_is_restored()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var path = $"/v1/collections/{id}";
        (await me.DeleteAsync(path)).Is(HttpStatusCode.NoContent);
        (await me.DeleteAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await me.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        var trash = (await me.GetAsync("/v1/trash?type=collection")).Is(HttpStatusCode.OK);
        Assert.Contains(trash["items"]!.AsArray(), item => (string)item!["collection"]!["id"]! == id);
        Assert.Equal(3, (int)(await me.PostAsync(path + "/restore")).Is(HttpStatusCode.OK)["version"]!);
        Assert.Equal(3, (int)(await me.PostAsync(path + "/restore")).Is(HttpStatusCode.OK)["version"]!);
        (await me.GetAsync(path)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_may_see_and_who_may_change()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        foreach (var (visibility, visible) in new[] { ("private", false), ("shared", false), ("public", true) })
        {
            var path = $"/v1/collections/{await me.NewCollectionAsync(visibility)}";
            foreach (var viewer in new[] { other, guest })
            {
                (await viewer.GetAsync(path)).Is(visible ? HttpStatusCode.OK : HttpStatusCode.NotFound);
                (await viewer.GetAsync(path + "/items")).Is(visible ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            }

            var refusal = visible ? (HttpStatusCode.Forbidden, "forbidden") : (HttpStatusCode.NotFound, "not_found");
            (await other.PatchAsync(path, new JsonObject { ["name"] = "Mine" })).IsProblem(refusal.Item1, refusal.Item2);
            (await other.DeleteAsync(path)).IsProblem(refusal.Item1, refusal.Item2);
            (await other.PostAsync(path + "/links", new JsonObject())).IsProblem(refusal.Item1, refusal.Item2);
            (await other.GetAsync(path + "/links")).IsProblem(refusal.Item1, refusal.Item2);
            var theirs = await other.NewGifAsync();
            (await other.PostAsync(path + "/items", new JsonObject { ["gifId"] = theirs })).IsProblem(refusal.Item1, refusal.Item2);
            (await other.PostAsync(path + "/items", new JsonObject { ["url"] = "https://x.org/a.gif", ["width"] = 1, ["height"] = 1, ["provider"] = "x" })).IsProblem(refusal.Item1, refusal.Item2);
            (await guest.PatchAsync(path, new JsonObject { ["name"] = "Mine" })).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        Assert.Equal(
            ["public"],
            (await guest.GetAsync($"/v1/users/{me.Username}/collections")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["visibility"]!));
        (await guest.GetAsync("/v1/users/nobody-at-all/collections")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.GetAsync($"/v1/collections/{Guid.NewGuid()}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.GetAsync("/v1/collections/nonsense")).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Bad_input_names_what_is_wrong_and_changes_nothing()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var path = $"/v1/collections/{await me.NewCollectionAsync()}";
        await Refuse("/v1/collections", new() { ["name"] = "" }, "name");
        await Refuse("/v1/collections", new() { ["name"] = new string('x', 101) }, "name");
        await Refuse("/v1/collections", new() { ["name"] = "x", ["visibility"] = "secret" }, "visibility");
        await Refuse("/v1/collections", new() { ["name"] = "x\u202e" }, "name");
        await Refuse("/v1/collections", new() { ["name"] = "x", ["colour"] = "red" }, "colour");
        await Refuse(path + "/items", new() { ["gifId"] = Guid.NewGuid().ToString() }, "gifId");
        await Refuse(path + "/items", new() { ["gifId"] = "nonsense" }, "gifId");
        await Refuse(path + "/items", [], "gifId");
        await Refuse(path + "/items", new() { ["url"] = "https://x.org/a.gif", ["width"] = 10 }, "height");
        await Refuse(path + "/items", new() { ["gifId"] = await me.NewGifAsync(), ["before"] = Guid.NewGuid().ToString() }, "before");
        await Refuse(path + "/links", new() { ["password"] = "abc" }, "password");
        await Refuse(path + "/links", new() { ["maxViews"] = 0 }, "maxViews");
        await Refuse(path + "/links", new() { ["expiresAt"] = "2020-01-01T00:00:00Z" }, "expiresAt");
        await Refuse(path + "/items/batch", new() { ["remove"] = new JsonArray(Guid.NewGuid().ToString()) }, "remove");
        await Refuse(path + "/copy", new() { ["collectionId"] = Guid.NewGuid().ToString() }, "collectionId");
        (await me.GetAsync(path + "/items?cursor=bad")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.GetAsync(path + "/items?sort=size")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.GetAsync(path + "/items?limit=101")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.PatchAsync(path, new JsonObject { ["name"] = null })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.PatchAsync(path, new JsonObject { ["coverGifId"] = await me.NewGifAsync() })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal(1, (int)(await me.GetAsync(path)).Is(HttpStatusCode.OK)["version"]!);

        async Task Refuse(string where, JsonObject body, string field) =>
            Assert.NotNull((await me.PostAsync(where, body)).IsProblem(HttpStatusCode.BadRequest, "invalid_request")["errors"]?[field]);
    }

    [Fact]
    public async Task My_collections_are_listed_last_changed_first_and_found_by_name()
    {
        using var me = await ApiClient.RegisterAsync(address);
        List<string> made = [];
        for (var i = 0; i < 5; i++)
            made.Add(await me.NewCollectionAsync(name: $"100% cats {i}"));
        await me.AddNewGifAsync(made[0]);
        string? cursor = null;
        List<string> seen = [];
        do
        {
            var page = (await me.GetAsync($"/v1/collections?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}")).Is(HttpStatusCode.OK);
            seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        Assert.Equal([made[0], made[4], made[3], made[2], made[1]], seen);
        Assert.Single((await me.GetAsync("/v1/collections?q=CATS%203")).Is(HttpStatusCode.OK)["items"]!.AsArray());
        Assert.Equal(5, (await me.GetAsync("/v1/collections?q=0%25")).Is(HttpStatusCode.OK)["items"]!.AsArray().Count);
        Assert.Empty((await me.GetAsync("/v1/collections?q=c_ts")).Is(HttpStatusCode.OK)["items"]!.AsArray());
        Assert.Equal(1, (int)(await me.GetAsync("/v1/collections?limit=1")).Is(HttpStatusCode.OK)["items"]![0]!["itemCount"]!);
    }

    [Fact]
    public async Task Views_of_a_public_collection_are_what_others_were_given()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var path = $"/v1/collections/{await me.NewCollectionAsync("public")}";
        await me.GetAsync(path);
        await guest.SendAsync("HEAD", path, null);
        await guest.GetAsync(path, ("Sec-Purpose", "prefetch"));
        await guest.GetAsync(path);
        await other.GetAsync(path);
        await Fixtures.Eventually.True(async () => (int)(await me.GetAsync(path)).Is(HttpStatusCode.OK)["viewCount"]! == 2, TestContext.Current.CancellationToken);
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_view_makes_another_answer_of_the_same_version()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var path = $"/v1/collections/{await me.NewCollectionAsync("public")}";
        var before = await me.GetAsync(path);
        await guest.GetAsync(path);
        await Fixtures.Eventually.True(async () => (int)(await me.GetAsync(path)).Is(HttpStatusCode.OK)["viewCount"]! == 1, TestContext.Current.CancellationToken);
        var read = await me.GetAsync(path);
        Assert.NotEqual(before.ETag, read.ETag);
        Assert.StartsWith("\"1.", read.ETag, StringComparison.Ordinal);
        Assert.True(read.Headers.CacheControl is { Public: true, NoCache: true });
        (await guest.GetAsync(path, ("If-None-Match", read.ETag!))).Is(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Whoever_is_signed_in_likes_a_public_collection_once()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var path = $"/v1/collections/{await me.NewCollectionAsync("public")}";
        Assert.Equal("""{"liked":true,"likeCount":1}""", (await other.PutAsync(path + "/like")).Is(HttpStatusCode.OK).Json.ToJsonString());
        Assert.Equal("""{"liked":true,"likeCount":1}""", (await other.PutAsync(path + "/like")).Is(HttpStatusCode.OK).Json.ToJsonString());
        Assert.Equal("""{"liked":true,"likeCount":2}""", (await me.PutAsync(path + "/like")).Is(HttpStatusCode.OK).Json.ToJsonString());
        Assert.Equal("""{"liked":false,"likeCount":1}""", (await other.DeleteAsync(path + "/like")).Is(HttpStatusCode.OK).Json.ToJsonString());
        (await guest.PutAsync(path + "/like")).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await Fixtures.Eventually.True(async () => (int)(await me.GetAsync(path)).Is(HttpStatusCode.OK)["likeCount"]! == 1, TestContext.Current.CancellationToken);
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_collection_is_copied_into_a_new_one_or_one_of_mine()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        var source = await me.NewCollectionAsync("public", "Cats");
        List<string> gifs = [await me.AddNewGifAsync(source), await me.AddNewGifAsync(source), await me.AddNewGifAsync(source)];
        var copy = (await other.PostAsync($"/v1/collections/{source}/copy", new JsonObject())).Is(HttpStatusCode.Created);
        Assert.Equal("Cats", (string)copy["name"]!);
        Assert.Equal("private", (string)copy["visibility"]!);
        Assert.Equal(3, (int)copy["itemCount"]!);
        var copies = await other.ItemsAsync((string)copy["id"]!);
        Assert.Equal(3, copies.Except(gifs).Count());

        var target = await other.NewCollectionAsync();
        (await other.PostAsync($"/v1/collections/{target}/items", new JsonObject { ["gifId"] = gifs[1] })).Is(HttpStatusCode.Created);
        var into = (await other.PostAsync($"/v1/collections/{source}/copy", new JsonObject { ["collectionId"] = target })).Is(HttpStatusCode.Created);
        Assert.Equal(3, (int)into["itemCount"]!);
        Assert.Equal(3, (int)into["version"]!);
        // What is kept in it already stays as it is.
        Assert.Equal([gifs[1], copies[0], copies[2]], await other.ItemsAsync(target));
        (await other.PostAsync($"/v1/collections/{await me.NewCollectionAsync("private")}/copy", new JsonObject())).IsProblem(HttpStatusCode.NotFound, "not_found");
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_collection_that_is_asked_for_twice_with_one_key_is_made_once()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "Once" }, key);
        var second = await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "Once" }, key);
        Assert.Equal(first.Is(HttpStatusCode.Created).Json.ToJsonString(), second.Is(HttpStatusCode.Created).Json.ToJsonString());
        Assert.Equal(first.ETag, second.ETag);
        (await me.PostAsync("/v1/collections", new JsonObject { ["name"] = "Twice" }, key)).IsProblem(HttpStatusCode.Conflict, "conflict");
        Assert.Single((await me.GetAsync("/v1/collections")).Is(HttpStatusCode.OK)["items"]!.AsArray());
    }

    [Theory, InlineData("items"), InlineData("links")]
    public async Task An_item_or_a_link_that_is_asked_for_twice_with_one_key_is_made_once(string kind)
    {
        using var me = await ApiClient.RegisterAsync(address);
        var path = $"/v1/collections/{await me.NewCollectionAsync()}/{kind}";
        var body = new JsonObject();
        if (kind == "items")
            body["gifId"] = await me.NewGifAsync();
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = await me.PostAsync(path, body, key);
        var second = await me.PostAsync(path, body, key);
        Assert.Equal(first.Is(HttpStatusCode.Created).Json.ToJsonString(), second.Is(HttpStatusCode.Created).Json.ToJsonString());
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        Assert.Single((await me.GetAsync(path)).Is(HttpStatusCode.OK)["items"]!.AsArray());
    }
}
