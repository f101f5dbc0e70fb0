using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

public class ItemsTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task An_item_is_added_once_at_the_end_or_before_another()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var (id, a, b, c) = await NewThreeAsync(me);
        var path = $"/v1/collections/{id}/items";
        Assert.Equal([a, b, c], await me.ItemsAsync(id));

        (await me.PostAsync(path, new JsonObject { ["gifId"] = a })).Is(HttpStatusCode.OK);
        var d = await me.NewGifAsync();
        var added = await me.PostAsync(path, new JsonObject { ["gifId"] = d, ["before"] = b, ["note"] = "here" });
        Assert.Equal("here", (string)added.Is(HttpStatusCode.Created)["note"]!);
        Assert.Equal($"{path}/{d}", added.Headers.Location!.ToString());
        Assert.Equal([a, d, b, c], await me.ItemsAsync(id));
        // Made and four adds; not the repeated one.
        Assert.Equal((4, 5), await CountAndVersionAsync(me, id));
        await product.CountsAgree();
    }

    [Fact]
    public async Task An_item_is_moved_behind_another_and_its_note_comes_and_goes()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var (id, a, b, c) = await NewThreeAsync(me);
        var path = $"/v1/collections/{id}/items";
        (await me.PatchAsync($"{path}/{a}", new JsonObject { ["after"] = c, ["note"] = "last" })).Is(HttpStatusCode.OK);
        Assert.Equal([b, c, a], await me.ItemsAsync(id));
        Assert.Equal("last", (string)(await me.GetAsync(path)).Is(HttpStatusCode.OK)["items"]![2]!["note"]!);
        (await me.PatchAsync($"{path}/{a}", new JsonObject { ["note"] = null })).Is(HttpStatusCode.OK);
        Assert.Null((await me.GetAsync(path)).Is(HttpStatusCode.OK)["items"]![2]!["note"]);
        (await me.PatchAsync($"{path}/{a}", new JsonObject { ["before"] = a })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        // Made, three adds, the move with its note, the note alone.
        Assert.Equal((3, 6), await CountAndVersionAsync(me, id));
    }

    [Fact]
    public async Task A_removed_item_lies_in_the_trash_and_comes_back_to_its_place()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var (id, a, b, c) = await NewThreeAsync(me);
        var path = $"/v1/collections/{id}/items/{b}";
        (await me.DeleteAsync(path)).Is(HttpStatusCode.NoContent);
        (await me.DeleteAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal([a, c], await me.ItemsAsync(id));
        Assert.Contains((await me.GetAsync("/v1/trash?type=item")).Is(HttpStatusCode.OK)["items"]!.AsArray(), item => (string)item!["gif"]!["id"]! == b);
        (await me.PostAsync(path + "/restore")).Is(HttpStatusCode.OK);
        (await me.PostAsync(path + "/restore")).Is(HttpStatusCode.OK);
        Assert.Equal([a, b, c], await me.ItemsAsync(id));
        // Made, three adds, the removal, one restore.
        Assert.Equal((3, 6), await CountAndVersionAsync(me, id));
        await product.CountsAgree();
    }

    [Fact]
    public async Task Several_items_come_back_to_their_places_as_one_write_or_none()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var path = $"/v1/collections/{id}/items/batch";
        var (a, b, c, d) = (await me.AddNewGifAsync(id), await me.AddNewGifAsync(id), await me.AddNewGifAsync(id), await me.AddNewGifAsync(id));
        (await me.PostAsync(path, new JsonObject { ["remove"] = new JsonArray(a, c, d) })).Is(HttpStatusCode.OK);
        Assert.Equal([b], await me.ItemsAsync(id));
        (await me.PostAsync(path, new JsonObject { ["restore"] = new JsonArray(a, await me.NewGifAsync()) })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.PostAsync(path, new JsonObject { ["restore"] = new JsonArray(a), ["remove"] = new JsonArray(b) })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal([b], await me.ItemsAsync(id));
        var back = (await me.PostAsync(path, new JsonObject { ["restore"] = new JsonArray(d, a, b) })).Is(HttpStatusCode.OK);
        Assert.Equal([a, b, d], await me.ItemsAsync(id));
        Assert.Equal((3, 7), ((int)back["itemCount"]!, (int)back["version"]!));
        (await me.PostAsync(path, new JsonObject { ["restore"] = new JsonArray(a) })).Is(HttpStatusCode.OK);
        Assert.Equal(7, (int)(await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["version"]!);
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_removed_item_that_was_added_again_stays_where_it_is()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var path = $"/v1/collections/{id}/items";
        var (a, b) = (await me.AddNewGifAsync(id), await me.AddNewGifAsync(id));
        (await me.DeleteAsync($"{path}/{a}")).Is(HttpStatusCode.NoContent);
        (await me.PostAsync(path, new JsonObject { ["gifId"] = a })).Is(HttpStatusCode.Created);
        (await me.PostAsync($"{path}/{a}/restore")).Is(HttpStatusCode.OK);
        Assert.Equal([b, a], await me.ItemsAsync(id));
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_batch_removes_adds_and_moves_as_one_write_or_not_at_all()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var (id, a, b, c) = await NewThreeAsync(me);
        var path = $"/v1/collections/{id}/items/batch";
        var (d, e) = (await me.NewGifAsync(), await me.NewGifAsync());
        var version = (int)(await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["version"]!;

        var done = (await me.PostAsync(path, new JsonObject
        {
            ["remove"] = new JsonArray(b),
            ["add"] = new JsonArray(d, e, a),
            ["move"] = new JsonObject { ["gifIds"] = new JsonArray(e, c), ["before"] = a },
        })).Is(HttpStatusCode.OK);
        Assert.Equal(version + 1, (int)done["version"]!);
        Assert.Equal(4, (int)done["itemCount"]!);
        Assert.Equal([e, c, a, d], await me.ItemsAsync(id));

        Assert.Equal(version + 1, (int)(await me.PostAsync(path, new JsonObject())).Is(HttpStatusCode.OK)["version"]!);
        Assert.Equal(version + 1, (int)(await me.PatchAsync($"/v1/collections/{id}", new JsonObject())).Is(HttpStatusCode.OK)["version"]!);
        (await me.PatchAsync($"/v1/collections/{id}/items/{a}", new JsonObject())).Is(HttpStatusCode.OK);
        (await me.PostAsync(path, new JsonObject { ["remove"] = new JsonArray(a), ["add"] = new JsonArray(Guid.NewGuid().ToString()) })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.PostAsync(path, new JsonObject { ["add"] = new JsonArray([.. Enumerable.Range(0, 501).Select(_ => JsonValue.Create(Guid.NewGuid().ToString()))]) })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.PostAsync(path, new JsonObject { ["move"] = new JsonObject { ["gifIds"] = new JsonArray(a), ["before"] = a } })).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.PostAsync(path, new JsonObject { ["remove"] = new JsonArray(a) }, ("If-Match", $"\"{version}\""))).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal([e, c, a, d], await me.ItemsAsync(id));
        await product.CountsAgree();
    }

    [Fact]
    public async Task Items_are_paged_in_every_order()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        string?[] titles = ["delta", null, "Alpha", "charlie", null, "Bravo", "echo"];
        List<string> added = [];
        foreach (var title in titles)
            added.Add(await me.AddNewGifAsync(id, title));
        Assert.Equal(added, await Paged("manual"));
        Assert.Equal(Enumerable.Reverse(added), await Paged("added"));
        var byName = await Paged("name");
        Assert.Equal([added[2], added[5], added[3], added[0], added[6]], byName[..5]);
        Assert.Equal(new[] { added[1], added[4] }.Order(), byName[5..].Order());

        var foreign = (string)(await me.GetAsync($"/v1/collections/{id}/items?limit=2")).Is(HttpStatusCode.OK)["next"]!;
        (await me.GetAsync($"/v1/collections/{id}/items?sort=added&cursor={foreign}")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await me.GetAsync($"/v1/collections/{await me.NewCollectionAsync()}/items?cursor={foreign}")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");

        async Task<List<string>> Paged(string sort)
        {
            List<string> seen = [];
            string? cursor = null;
            do
            {
                var page = (await me.GetAsync($"/v1/collections/{id}/items?sort={sort}&limit=3{(cursor is null ? "" : "&cursor=" + cursor)}")).Is(HttpStatusCode.OK);
                seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!));
                cursor = (string?)page["next"];
            }
            while (cursor is not null);
            return seen;
        }
    }

    [Fact]
    public async Task Two_hundred_adds_at_once_are_all_there_each_with_a_version_of_its_own()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var gifs = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => me.NewGifAsync()));
        // Each twice: one of the two is new, the other finds it there.
        var replies = await Task.WhenAll(gifs.Concat(gifs).Select(gif => me.PostAsync($"/v1/collections/{id}/items", new JsonObject { ["gifId"] = gif })));
        Assert.Equal(200, replies.Count(reply => reply.Status == HttpStatusCode.Created));
        Assert.Equal(200, replies.Count(reply => reply.Status == HttpStatusCode.OK));
        Assert.Equal(200, replies.Where(reply => reply.Status == HttpStatusCode.Created).Select(reply => reply.ETag).Distinct().Count());
        var collection = (await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK);
        Assert.Equal(201, (int)collection["version"]!);
        Assert.Equal(200, (int)collection["itemCount"]!);
        var first = (await me.GetAsync($"/v1/collections/{id}/items?limit=100")).Is(HttpStatusCode.OK);
        var second = (await me.GetAsync($"/v1/collections/{id}/items?limit=100&cursor={(string)first["next"]!}")).Is(HttpStatusCode.OK);
        Assert.Null(second["next"]);
        Assert.Equal(200, first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => (string)item!["gif"]!["id"]!).Distinct().Count());
        await product.CountsAgree();
    }

    [Fact]
    public async Task Adds_of_every_kind_at_once_get_each_its_own_answer()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var open = await other.NewCollectionAsync("public");
        var own = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => me.NewGifAsync($"title {i}")));
        var theirs = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => other.AddNewGifAsync(open)));
        var hidden = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => other.NewGifAsync()));
        List<(string Gif, (string, string) Header, HttpStatusCode Status)> kinds = [];
        kinds.AddRange(own.Select((gif, i) => (gif, i % 2 == 0 ? ("Idempotency-Key", $"add-{i}") : ("X-Nothing", "x"), HttpStatusCode.Created)));
        kinds.AddRange(theirs.Select(gif => (gif, ("X-Nothing", "x"), HttpStatusCode.Created)));
        kinds.AddRange(hidden.Append(Guid.NewGuid().ToString()).Select(gif => (gif, ("X-Nothing", "x"), HttpStatusCode.BadRequest)));
        kinds.AddRange(own.Take(5).Select(gif => (gif, ("If-Match", "\"9999.0\""), HttpStatusCode.PreconditionFailed)));
        var asked = kinds.ToArray();
        Random.Shared.Shuffle(asked);
        var replies = await Task.WhenAll(asked.Select(add => me.PostAsync($"/v1/collections/{id}/items", new JsonObject { ["gifId"] = add.Gif }, add.Header)));
        foreach (var (add, reply) in asked.Zip(replies))
            if (reply.Is(add.Status) is { } item && add.Status == HttpStatusCode.Created)
                Assert.Equal(add.Gif, (string)item["gif"]!["id"]!);
        Assert.Equal("title 7", (string)replies[Array.FindIndex(asked, add => add.Gif == own[7] && add.Status == HttpStatusCode.Created)]["gif"]!["title"]!);
        var made = replies.Where(reply => reply.Status == HttpStatusCode.Created).Select(reply => reply.ETag).ToHashSet();
        Assert.Equal(Enumerable.Range(2, 70).Select(version => $"\"{version}.0\"").ToHashSet(), made!);
        Assert.Equal(71, (int)(await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["version"]!);
        Assert.Equal(own.Concat(theirs).ToHashSet(), (await me.ItemsAsync(id)).ToHashSet());
        foreach (var (add, reply) in asked.Zip(replies).Where(pair => pair.First.Header.Item1 == "Idempotency-Key"))
        {
            var again = await me.PostAsync($"/v1/collections/{id}/items", new JsonObject { ["gifId"] = add.Gif }, add.Header);
            Assert.Equal((HttpStatusCode.Created, reply.ETag, Encoding.UTF8.GetString(reply.Bytes)), (again.Status, again.ETag, Encoding.UTF8.GetString(again.Bytes)));
        }

        await product.CountsAgree();
    }

    [Fact]
    public async Task Of_many_edits_on_one_version_one_wins()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => me.PatchAsync($"/v1/collections/{id}", new JsonObject { ["name"] = $"n{i}" }, ("If-Match", "\"1\""))));
        Assert.Single(replies, reply => reply.Status == HttpStatusCode.OK);
        Assert.All(replies.Where(reply => reply.Status != HttpStatusCode.OK), reply => reply.IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch"));
    }

    [Fact]
    public async Task A_deleted_gif_leaves_the_collection_at_its_version_and_comes_back_with_its_restore()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var (id, a, b, c) = await NewThreeAsync(me);
        (await me.DeleteAsync($"/v1/gifs/{b}")).Is(HttpStatusCode.NoContent);
        Assert.Equal([a, c], await me.ItemsAsync(id));
        Assert.Equal((2, 4), await CountAndVersionAsync(me, id));
        await product.CountsAgree();

        (await me.PostAsync($"/v1/gifs/{b}/restore")).Is(HttpStatusCode.OK);
        Assert.Equal([a, b, c], await me.ItemsAsync(id));
        Assert.Equal((3, 4), await CountAndVersionAsync(me, id));
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_deleted_gif_is_the_cover_again_when_it_is_restored()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var (id, _, b, _) = await NewThreeAsync(me);
        (await me.PatchAsync($"/v1/collections/{id}", new JsonObject { ["coverGifId"] = b })).Is(HttpStatusCode.OK);
        var url = (string)(await me.GetAsync($"/v1/gifs/{b}")).Is(HttpStatusCode.OK)["url"]!;
        Assert.Equal(url, await CoverAsync());
        (await me.DeleteAsync($"/v1/gifs/{b}")).Is(HttpStatusCode.NoContent);
        Assert.NotEqual(url, await CoverAsync());
        (await me.PostAsync($"/v1/gifs/{b}/restore")).Is(HttpStatusCode.OK);
        Assert.Equal(url, await CoverAsync());

        async Task<string> CoverAsync() => (string)(await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["coverUrl"]!;
    }

    [Fact]
    public async Task Only_what_one_may_see_can_be_added_also_through_a_link()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        var mine = await me.NewCollectionAsync();
        var gif = await me.AddNewGifAsync(mine);
        var link = await me.NewLinkAsync(mine);
        var theirs = await other.NewCollectionAsync();
        var body = new JsonObject { ["gifId"] = gif };
        (await other.PostAsync($"/v1/collections/{theirs}/items", body)).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        (await other.PostAsync($"/v1/collections/{theirs}/items?via={(string)link["token"]!}", body)).Is(HttpStatusCode.Created);
        Assert.Equal([gif], await other.ItemsAsync(theirs));
    }

    private static async Task<(string Id, string A, string B, string C)> NewThreeAsync(ApiClient me)
    {
        var id = await me.NewCollectionAsync();
        return (id, await me.AddNewGifAsync(id), await me.AddNewGifAsync(id), await me.AddNewGifAsync(id));
    }

    private static async Task<(int Items, int Version)> CountAndVersionAsync(ApiClient me, string id)
    {
        var collection = (await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK);
        return ((int)collection["itemCount"]!, (int)collection["version"]!);
    }
}
