using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

public class SharedTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task A_new_link_has_a_short_token_and_its_address()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var link = await me.NewLinkAsync(id, new JsonObject { ["label"] = "for friends" });
        var token = (string)link["token"]!;
        Assert.Equal(22, token.Length);
        Assert.EndsWith($"/s/{token}", (string)link["url"]!, StringComparison.Ordinal);
        Assert.False((bool)link["hasPassword"]!);
        Assert.Equal("for friends", (string?)link["label"]);
    }

    [Fact]
    public async Task A_guest_opens_a_link_and_keeps_its_page_while_nothing_changes()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var gif = await me.AddNewGifAsync(id);
        var path = await NewSharedPathAsync(me, id);
        var page = await guest.GetAsync(path);
        Assert.Equal(["collection", "items", "next"], page.Is(HttpStatusCode.OK).Json.AsObject().Select(member => member.Key));
        Assert.Equal(gif, (string)page["items"]![0]!["gif"]!["id"]!);
        Assert.Null(page["next"]);
        Assert.True(page.Headers.CacheControl is { Private: true, NoCache: true });
        (await guest.GetAsync(path, ("If-None-Match", page.ETag!))).Is(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Every_acknowledged_edit_is_in_the_very_next_answer_to_a_guest()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var a = await me.AddNewGifAsync(id);
        var path = await NewSharedPathAsync(me, id);
        Assert.Equal([a], await SeenAsync());
        var b = await me.AddNewGifAsync(id);
        Assert.Equal([a, b], await SeenAsync());
        (await me.DeleteAsync($"/v1/collections/{id}/items/{a}")).Is(HttpStatusCode.NoContent);
        Assert.Equal([b], await SeenAsync());
        (await me.PatchAsync($"/v1/collections/{id}", new JsonObject { ["name"] = "Dogs" })).Is(HttpStatusCode.OK);
        Assert.Equal("Dogs", (string)(await guest.GetAsync(path)).Is(HttpStatusCode.OK)["collection"]!["name"]!);

        async Task<IEnumerable<string>> SeenAsync() =>
            (await guest.GetAsync(path)).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!);
    }

    [Fact]
    public async Task Views_of_a_link_are_whole_pages_that_others_were_given()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var path = await NewSharedPathAsync(me, id);
        await me.GetAsync(path);
        await guest.SendAsync("HEAD", path, null);
        await guest.GetAsync(path, ("Sec-Purpose", "prefetch;prerender"));
        await guest.GetAsync(path + "/items");
        await guest.GetAsync(path);
        var last = await guest.GetAsync(path);
        (await guest.GetAsync(path, ("If-None-Match", last.ETag!))).Is(HttpStatusCode.NotModified);

        var listed = (await me.GetAsync($"/v1/collections/{id}/links")).Is(HttpStatusCode.OK)["items"]![0]!;
        Assert.Equal(path, "/v1/shared/" + (string)listed["token"]!);
        Assert.Equal(2, (int)listed["viewCount"]!);
        Assert.NotNull(listed["lastViewedAt"]);
        await Eventually.True(async () => (int)(await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["viewCount"]! == 2, TestContext.Current.CancellationToken);
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_dead_link_answers_a_wrong_question_as_one_that_never_was()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var eve = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        await me.AddNewGifAsync(id);
        var dead = (string)(await me.NewLinkAsync(id, new JsonObject { ["maxViews"] = 1 }))["token"]!;
        (await eve.GetAsync($"/v1/shared/{dead}")).Is(HttpStatusCode.OK);
        var both = new JsonObject { ["collectionId"] = Guid.CreateVersion7().ToString(), ["name"] = "both" };
        foreach (var token in (string[])[dead, "AAAAAAAAAAAAAAAAAAAAAA"])
        {
            (await eve.GetAsync($"/v1/shared/{token}/items?cursor=garbage")).Is(HttpStatusCode.NotFound);
            (await eve.PostAsync($"/v1/shared/{token}/copy", both.DeepClone())).Is(HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Links_close_at_once_when_revoked_private_or_deleted_and_open_again()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var (first, second) = (await me.NewLinkAsync(id), await me.NewLinkAsync(id));
        await Opens(first, true);
        (await me.DeleteAsync($"/v1/collections/{id}/links/{(string)first["id"]!}")).Is(HttpStatusCode.NoContent);
        (await me.DeleteAsync($"/v1/collections/{id}/links/{(string)first["id"]!}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await Opens(first, false);
        await Opens(second, true);
        (await me.PatchAsync($"/v1/collections/{id}", new JsonObject { ["visibility"] = "private" })).Is(HttpStatusCode.OK);
        await Opens(second, false);
        (await me.PostAsync($"/v1/collections/{id}/links", new JsonObject())).IsProblem(HttpStatusCode.Conflict, "collection_private");
        (await me.PatchAsync($"/v1/collections/{id}", new JsonObject { ["visibility"] = "public" })).Is(HttpStatusCode.OK);
        await Opens(second, true);
        (await me.DeleteAsync($"/v1/collections/{id}")).Is(HttpStatusCode.NoContent);
        await Opens(second, false);
        (await me.PostAsync($"/v1/collections/{id}/restore")).Is(HttpStatusCode.OK);
        await Opens(second, true);
        await Opens(first, false);
        foreach (var nonsense in new[] { "x", new string('A', 22), new string('!', 22), new string('A', 4000) })
            (await guest.GetAsync($"/v1/shared/{nonsense}")).IsProblem(HttpStatusCode.NotFound, "not_found");

        async Task Opens(JsonNode link, bool opens)
        {
            var token = (string)link["token"]!;
            foreach (var path in new[] { "", "/items", "/download" })
                (await guest.GetAsync($"/v1/shared/{token}{path}")).Is(opens ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await me.PutAsync($"/v1/shared/{token}/like")).Is(opens ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await me.PostAsync($"/v1/shared/{token}/copy", new JsonObject())).Is(opens ? HttpStatusCode.Created : HttpStatusCode.NotFound);
            (await guest.PostAsync($"/v1/shared/{token}/unlock", new JsonObject { ["password"] = "none" })).Is(opens ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task Many_views_and_likes_at_once_are_all_counted()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var token = (string)(await me.NewLinkAsync(id))["token"]!;
        var fans = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ApiClient.RegisterAsync(address)));
        var likes = Task.WhenAll(fans.SelectMany(fan => Enumerable.Range(0, 5).Select(_ => fan.PutAsync($"/v1/shared/{token}/like"))));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => guest.GetAsync($"/v1/shared/{token}")));
        await likes;
        Assert.Equal("""{"liked":false,"likeCount":11}""", (await fans[0].DeleteAsync($"/v1/shared/{token}/like")).Is(HttpStatusCode.OK).Json.ToJsonString());
        await Eventually.True(
            async () => (await me.GetAsync($"/v1/collections/{id}")).Is(HttpStatusCode.OK) is var it && (int)it["viewCount"]! == 300 && (int)it["likeCount"]! == 11,
            TestContext.Current.CancellationToken);
        await product.CountsAgree();
        foreach (var fan in fans)
            fan.Dispose();
    }

    [Fact]
    public async Task A_collection_downloads_as_a_zip_with_an_index()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        await me.AddNewGifAsync(id, "../../etc/passwd");
        var bytes = Steps.Pixel();
        (await me.UploadAsync($"/v1/collections/{id}/items", bytes, "../evil name.gif", ("title", "a/b\\c..\u00e9"))).Is(HttpStatusCode.Created);
        (await me.UploadAsync($"/v1/collections/{id}/items", bytes, "../evil name.gif", ("title", "a/b\\c..\u00e9"))).Is(HttpStatusCode.OK);
        var token = (string)(await me.NewLinkAsync(id))["token"]!;
        var reply = await guest.GetAsync($"/v1/shared/{token}/download");
        reply.Is(HttpStatusCode.OK);
        using var zip = new ZipArchive(new MemoryStream(reply.Bytes));
        Assert.Equal(["0002-a-b-c..é.gif", "index.json"], zip.Entries.Select(entry => entry.FullName));
        using var content = new MemoryStream();
        await using (var file = await zip.Entries[0].OpenAsync(TestContext.Current.CancellationToken))
            await file.CopyToAsync(content, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, content.ToArray());
        await using var index = await zip.GetEntry("index.json")!.OpenAsync(TestContext.Current.CancellationToken);
        var json = await JsonNode.ParseAsync(index, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(2, json!["items"]!.AsArray().Count);
        Assert.Equal("0002-a-b-c..é.gif", (string)json["items"]![1]!["file"]!);
        Assert.Equal("application/zip", reply.ContentHeaders.ContentType!.MediaType);
        Assert.Equal("attachment; filename=Cats.zip", reply.ContentHeaders.ContentDisposition!.ToString().Split("; filename*")[0]);
    }

    [Fact]
    public async Task A_changed_title_reaches_finished_pages_within_seconds()
    {
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var gif = await me.AddNewGifAsync(id, "old");
        var token = (string)(await me.NewLinkAsync(id))["token"]!;
        using var guest = new ApiClient(address);
        var before = await guest.GetAsync($"/v1/shared/{token}");
        (await me.PatchAsync($"/v1/gifs/{gif}", new JsonObject { ["title"] = "new" })).Is(HttpStatusCode.OK);
        await Eventually.True(
            async () => (string)(await guest.GetAsync($"/v1/shared/{token}")).Is(HttpStatusCode.OK)["items"]![0]!["gif"]!["title"]! == "new",
            TestContext.Current.CancellationToken, TimeSpan.FromSeconds(5));
        Assert.NotEqual(before.ETag, (await guest.GetAsync($"/v1/shared/{token}")).ETag);
    }

    private static async Task<string> NewSharedPathAsync(ApiClient me, string collection) => $"/v1/shared/{(string)(await me.NewLinkAsync(collection))["token"]!}";
}
