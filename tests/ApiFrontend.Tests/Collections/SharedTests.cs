using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Collections;

public class SharedTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task A_guest_opens_a_link_and_sees_what_the_owner_does()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        var a = await me.AddNewGif(id);
        var link = await me.NewLink(id, new JsonObject { ["label"] = "for friends" });
        var token = (string)link["token"]!;
        Assert.Equal(22, token.Length);
        Assert.EndsWith($"/s/{token}", (string)link["url"]!, StringComparison.Ordinal);
        Assert.False((bool)link["hasPassword"]!);

        var page = await guest.Get($"/v1/shared/{token}");
        Assert.Equal(["collection", "items", "next"], page.Is(HttpStatusCode.OK).AsObject().Select(member => member.Key));
        Assert.Equal(a, (string)page.Json!["items"]![0]!["gif"]!["id"]!);
        Assert.Null(page.Json["next"]);
        Assert.True(page.Message.Headers.CacheControl is { Private: true, NoCache: true });
        (await guest.Get($"/v1/shared/{token}", ("If-None-Match", page.ETag!))).Is(HttpStatusCode.NotModified);

        // Every acknowledged edit is in the very next answer.
        var b = await me.AddNewGif(id);
        Assert.Equal([a, b], (await guest.Get($"/v1/shared/{token}")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!));
        (await me.Delete($"/v1/collections/{id}/items/{a}")).Is(HttpStatusCode.NoContent);
        Assert.Equal([b], (await guest.Get($"/v1/shared/{token}")).Is(HttpStatusCode.OK)["items"]!.AsArray().Select(item => (string)item!["gif"]!["id"]!));
        (await me.Patch($"/v1/collections/{id}", new JsonObject { ["name"] = "Dogs" })).Is(HttpStatusCode.OK);
        Assert.Equal("Dogs", (string)(await guest.Get($"/v1/shared/{token}")).Is(HttpStatusCode.OK)["collection"]!["name"]!);

        await me.Get($"/v1/shared/{token}");
        await guest.Send(HttpMethod.Head, $"/v1/shared/{token}", null);
        await guest.Get($"/v1/shared/{token}", ("Sec-Purpose", "prefetch;prerender"));
        await guest.Get($"/v1/shared/{token}/items");
        var listed = (await me.Get($"/v1/collections/{id}/links")).Is(HttpStatusCode.OK)["items"]![0]!;
        Assert.Equal(token, (string)listed["token"]!);
        Assert.Equal(4, (int)listed["viewCount"]!);
        Assert.NotNull(listed["lastViewedAt"]);
        await Eventually.True(async () => (int)(await me.Get($"/v1/collections/{id}")).Is(HttpStatusCode.OK)["viewCount"]! == 4, TestContext.Current.CancellationToken);
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_dead_link_answers_a_wrong_question_as_one_that_never_was()
    {
        using var me = await Caller.SignedIn(address);
        using var eve = await Caller.SignedIn(address);
        var id = await me.NewCollection();
        await me.AddNewGif(id);
        var dead = (string)(await me.NewLink(id, new JsonObject { ["maxViews"] = 1 }))["token"]!;
        (await eve.Get($"/v1/shared/{dead}")).Is(HttpStatusCode.OK);
        var both = new JsonObject { ["collectionId"] = Guid.CreateVersion7().ToString(), ["name"] = "both" };
        foreach (var token in (string[])[dead, "AAAAAAAAAAAAAAAAAAAAAA"])
        {
            (await eve.Get($"/v1/shared/{token}/items?cursor=garbage")).Is(HttpStatusCode.NotFound);
            (await eve.Post($"/v1/shared/{token}/copy", both.DeepClone())).Is(HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Links_close_at_once_when_revoked_private_or_deleted_and_open_again()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        var (first, second) = (await me.NewLink(id), await me.NewLink(id));
        await Opens(first, true);
        (await me.Delete($"/v1/collections/{id}/links/{(string)first["id"]!}")).Is(HttpStatusCode.NoContent);
        (await me.Delete($"/v1/collections/{id}/links/{(string)first["id"]!}")).Refused(HttpStatusCode.NotFound, "not_found");
        await Opens(first, false);
        await Opens(second, true);
        (await me.Patch($"/v1/collections/{id}", new JsonObject { ["visibility"] = "private" })).Is(HttpStatusCode.OK);
        await Opens(second, false);
        (await me.Post($"/v1/collections/{id}/links", new JsonObject())).Refused(HttpStatusCode.Conflict, "collection_private");
        (await me.Patch($"/v1/collections/{id}", new JsonObject { ["visibility"] = "public" })).Is(HttpStatusCode.OK);
        await Opens(second, true);
        (await me.Delete($"/v1/collections/{id}")).Is(HttpStatusCode.NoContent);
        await Opens(second, false);
        (await me.Post($"/v1/collections/{id}/restore")).Is(HttpStatusCode.OK);
        await Opens(second, true);
        await Opens(first, false);
        foreach (var nonsense in new[] { "x", new string('A', 22), new string('!', 22), new string('A', 4000) })
            (await guest.Get($"/v1/shared/{nonsense}")).Refused(HttpStatusCode.NotFound, "not_found");

        async Task Opens(JsonNode link, bool opens)
        {
            var token = (string)link["token"]!;
            foreach (var path in new[] { "", "/items", "/download" })
                (await guest.Get($"/v1/shared/{token}{path}")).Is(opens ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await me.Put($"/v1/shared/{token}/like")).Is(opens ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await me.Post($"/v1/shared/{token}/copy", new JsonObject())).Is(opens ? HttpStatusCode.Created : HttpStatusCode.NotFound);
            (await guest.Post($"/v1/shared/{token}/unlock", new JsonObject { ["password"] = "none" })).Is(opens ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task A_password_link_opens_with_its_unlock_until_the_password_changes()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        await me.AddNewGif(id);
        var link = await me.NewLink(id, new JsonObject { ["password"] = "meow" });
        Assert.True((bool)link["hasPassword"]!);
        var path = $"/v1/shared/{(string)link["token"]!}";
        (await guest.Get(path)).Refused(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.Get(path + "/items")).Refused(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.Get(path + "/download")).Refused(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.Post(path + "/unlock", new JsonObject { ["password"] = "woof" })).Refused(HttpStatusCode.Unauthorized, "link_password_wrong");
        var unlocked = (await guest.Post(path + "/unlock", new JsonObject { ["password"] = "meow" })).Is(HttpStatusCode.OK);
        Assert.Equal(3600, (int)unlocked["expiresIn"]!);
        var unlock = ("Link-Unlock", (string)unlocked["unlock"]!);
        (await guest.Get(path, unlock)).Is(HttpStatusCode.OK);
        (await guest.Get(path, ("Link-Unlock", "nonsense"))).Refused(HttpStatusCode.Unauthorized, "link_password_required");
        var other = await me.NewLink(id, new JsonObject { ["password"] = "meow" });
        (await guest.Get($"/v1/shared/{(string)other["token"]!}", unlock)).Refused(HttpStatusCode.Unauthorized, "link_password_required");

        (await me.Patch($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = "purr" })).Is(HttpStatusCode.OK);
        (await guest.Get(path, unlock)).Refused(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.Post(path + "/unlock", new JsonObject { ["password"] = "meow" })).Refused(HttpStatusCode.Unauthorized, "link_password_wrong");
        (await me.Patch($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = null })).Is(HttpStatusCode.OK);
        (await guest.Get(path)).Is(HttpStatusCode.OK);
    }

    /// <summary>The same letters from two keyboards: one sends é as one character, the other as e and an accent.</summary>
    [Theory, InlineData("caf\u00e9", "cafe\u0301"), InlineData("cafe\u0301", "caf\u00e9")]
    public async Task A_links_password_is_the_same_from_any_keyboard(string given, string typed)
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        var link = await me.NewLink(id, new JsonObject { ["password"] = given });
        var unlock = $"/v1/shared/{(string)link["token"]!}/unlock";
        (await guest.Post(unlock, new JsonObject { ["password"] = typed })).Is(HttpStatusCode.OK);
        (await guest.Post(unlock, new JsonObject { ["password"] = "cafe" })).Refused(HttpStatusCode.Unauthorized, "link_password_wrong");
        (await me.Patch($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = typed })).Is(HttpStatusCode.OK);
        (await guest.Post(unlock, new JsonObject { ["password"] = given })).Is(HttpStatusCode.OK);
    }

    /// <summary>Without an offset it would be a time in the server's own zone.</summary>
    [Theory]
    [InlineData("2030-01-01T12:00:00", null)]
    [InlineData("2030-01-01T12:00:00.000", null)]
    [InlineData("2030-01-01T12:00", null)]
    [InlineData("2030-01-01", null)]
    [InlineData("2030-01-01T12:00:00Z", "2030-01-01T12:00:00.000Z")]
    [InlineData("2030-01-01T12:00:00+02:00", "2030-01-01T10:00:00.000Z")]
    [InlineData("2030-01-01T12:00:00.5-05:30", "2030-01-01T17:30:00.500Z")]
    public async Task A_time_has_its_offset(string given, string? kept)
    {
        using var me = await Caller.SignedIn(address);
        var id = await me.NewCollection();
        var made = await me.Post($"/v1/collections/{id}/links", new JsonObject { ["expiresAt"] = given });
        if (kept is null)
            made.Refused(HttpStatusCode.BadRequest, "invalid_request");
        else
            Assert.Equal(kept, (string)made.Is(HttpStatusCode.Created)["expiresAt"]!);
        var link = (string)(await me.NewLink(id))["id"]!;
        var changed = await me.Patch($"/v1/collections/{id}/links/{link}", new JsonObject { ["expiresAt"] = given });
        if (kept is null)
            changed.Refused(HttpStatusCode.BadRequest, "invalid_request");
        else
            Assert.Equal(kept, (string)changed.Is(HttpStatusCode.OK)["expiresAt"]!);
    }

    [Fact]
    public async Task Wrong_passwords_are_limited_per_link()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        var path = $"/v1/shared/{(string)(await me.NewLink(id, new JsonObject { ["password"] = "meow" }))["token"]!}/unlock";
        var replies = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => guest.Post(path, new JsonObject { ["password"] = "woof" })));
        Assert.Equal(10, replies.Count(reply => reply.Status == HttpStatusCode.Unauthorized));
        Assert.Equal(15, replies.Count(reply => reply.Status == HttpStatusCode.TooManyRequests));
        Assert.NotNull((await guest.Post(path, new JsonObject { ["password"] = "meow" })).Refused(HttpStatusCode.TooManyRequests, "rate_limited").Message.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_cap_holds_under_concurrency_and_passes_go_on_after_it()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => me.AddNewGif(id)));
        var link = await me.NewLink(id, new JsonObject { ["maxViews"] = 7 });
        var path = $"/v1/shared/{(string)link["token"]!}";
        (await guest.Get(path + "/items")).Refused(HttpStatusCode.NotFound, "not_found");
        (await guest.Get(path, ("Sec-Purpose", "prefetch"))).Refused(HttpStatusCode.NotFound, "not_found");
        (await me.Get(path)).Is(HttpStatusCode.OK);

        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => guest.Get(path)));
        var given = replies.Where(reply => reply.Status == HttpStatusCode.OK).ToList();
        Assert.Equal(7, given.Count);
        Assert.All(replies.Except(given), reply => reply.Refused(HttpStatusCode.NotFound, "not_found"));
        (await guest.Get(path)).Refused(HttpStatusCode.NotFound, "not_found");

        var pass = given[0].Header("Link-View")!;
        Assert.NotNull(pass);
        Assert.Equal(50, (await guest.Get(path, ("Link-View", pass))).Is(HttpStatusCode.OK)["items"]!.AsArray().Count);
        // The counts inside are still settling for a moment.
        await Eventually.True(
            async () => (await guest.Get(path, ("Link-View", pass), ("If-None-Match", (await guest.Get(path, ("Link-View", pass))).ETag!))).Status == HttpStatusCode.NotModified,
            TestContext.Current.CancellationToken);
        var next = (string)given[0].Json!["next"]!;
        Assert.Equal(10, (await guest.Get($"{path}/items?cursor={next}")).Is(HttpStatusCode.OK)["items"]!.AsArray().Count);
        (await guest.Get(path + "/download", ("Link-View", pass))).Is(HttpStatusCode.OK);
        var ownersNext = (string)(await me.Get(path, ("Link-View", pass))).Is(HttpStatusCode.OK)["next"]!;
        Assert.Equal(10, (await me.Get($"{path}/items?cursor={ownersNext}")).Is(HttpStatusCode.OK)["items"]!.AsArray().Count);

        var listed = (await me.Get($"/v1/collections/{id}/links")).Is(HttpStatusCode.OK)["items"]![0]!;
        Assert.Equal(7, (int)listed["viewCount"]!);
        (await me.Patch($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["maxViews"] = 8 })).Is(HttpStatusCode.OK);
        (await guest.Get(path)).Is(HttpStatusCode.OK);
        (await guest.Get(path)).Refused(HttpStatusCode.NotFound, "not_found");
        (await me.Delete($"/v1/collections/{id}/links/{(string)link["id"]!}")).Is(HttpStatusCode.NoContent);
        (await guest.Get(path, ("Link-View", pass))).Refused(HttpStatusCode.NotFound, "not_found");
        (await guest.Get($"{path}/items?cursor={next}")).Refused(HttpStatusCode.NotFound, "not_found");
        await product.CountsAgree();
    }

    [Fact]
    public async Task A_cap_put_on_a_busy_link_is_exact_from_then_on()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        var link = await me.NewLink(id);
        var path = $"/v1/shared/{(string)link["token"]!}";
        var viewing = Task.WhenAll(Enumerable.Range(0, 100).Select(_ => guest.Get(path)));
        var capped = (await me.Patch($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["maxViews"] = 20 })).Is(HttpStatusCode.OK);
        var replies = await viewing;
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => guest.Get(path)));
        var given = replies.Count(reply => reply.Status == HttpStatusCode.OK);
        var counted = (int)(await me.Get($"/v1/collections/{id}/links")).Is(HttpStatusCode.OK)["items"]![0]!["viewCount"]!;
        Assert.True(counted >= given, $"{given} given, {counted} counted");
        Assert.True(counted == Math.Max(20, (int)capped["viewCount"]!), $"{counted} counted, {(int)capped["viewCount"]!} when it was capped");
    }

    [Fact]
    public async Task Many_views_and_likes_at_once_are_all_counted()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        var token = (string)(await me.NewLink(id))["token"]!;
        var fans = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Caller.SignedIn(address)));
        var likes = Task.WhenAll(fans.SelectMany(fan => Enumerable.Range(0, 5).Select(_ => fan.Put($"/v1/shared/{token}/like"))));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => guest.Get($"/v1/shared/{token}")));
        await likes;
        Assert.Equal("""{"liked":false,"likeCount":11}""", (await fans[0].Delete($"/v1/shared/{token}/like")).Is(HttpStatusCode.OK).ToJsonString());
        await Eventually.True(
            async () => (await me.Get($"/v1/collections/{id}")).Is(HttpStatusCode.OK) is var it && (int)it["viewCount"]! == 300 && (int)it["likeCount"]! == 11,
            TestContext.Current.CancellationToken);
        await product.CountsAgree();
        foreach (var fan in fans)
            fan.Dispose();
    }

    [Fact]
    public async Task A_link_expires_by_the_clock()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        var link = await me.NewLink(id, new JsonObject { ["expiresAt"] = DateTimeOffset.UtcNow.AddSeconds(2).ToString("O") });
        (await guest.Get($"/v1/shared/{(string)link["token"]!}")).Is(HttpStatusCode.OK);
        await Eventually.True(async () => (await guest.Get($"/v1/shared/{(string)link["token"]!}")).Status == HttpStatusCode.NotFound, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_collection_downloads_as_a_zip_with_an_index()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        await me.AddNewGif(id, "../../etc/passwd");
        var bytes = Gif();
        (await me.Upload($"/v1/collections/{id}/items", bytes, "../evil name.gif", "a/b\\c..\u00e9")).Is(HttpStatusCode.Created);
        (await me.Upload($"/v1/collections/{id}/items", bytes, "../evil name.gif", "a/b\\c..\u00e9")).Is(HttpStatusCode.OK);
        var token = (string)(await me.NewLink(id))["token"]!;
        var reply = await guest.Get($"/v1/shared/{token}/download");
        reply.Is(HttpStatusCode.OK);
        using var zip = new ZipArchive(new MemoryStream(reply.Bytes));
        Assert.Equal(["0002-abc.gif", "index.json"], zip.Entries.Select(entry => entry.FullName));
        using var content = new MemoryStream();
        await using (var file = await zip.Entries[0].OpenAsync(TestContext.Current.CancellationToken))
            await file.CopyToAsync(content, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, content.ToArray());
        await using var index = await zip.GetEntry("index.json")!.OpenAsync(TestContext.Current.CancellationToken);
        var json = await JsonNode.ParseAsync(index, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(2, json!["items"]!.AsArray().Count);
        Assert.Equal("0002-abc.gif", (string)json["items"]![1]!["file"]!);
        Assert.Equal("application/zip", reply.Message.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment; filename=Cats.zip", reply.Message.Content.Headers.ContentDisposition!.ToString().Split("; filename*")[0]);
    }

    /// <summary>The smallest picture: 1x1, one frame, unlike any other.</summary>
    private static byte[] Gif()
    {
        byte[] colour = [.. Guid.NewGuid().ToByteArray().Take(6)];
        return [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, .. colour, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b];
    }
}
