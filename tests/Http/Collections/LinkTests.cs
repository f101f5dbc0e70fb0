using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

/// <summary>What a link asks for and ends by: its password, its cap, its time.</summary>
public sealed class LinkTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task A_password_link_opens_with_its_unlock_until_the_password_changes()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        await me.AddNewGifAsync(id);
        var link = await me.NewLinkAsync(id, new JsonObject { ["password"] = "meow" });
        Assert.True((bool)link["hasPassword"]!);
        var path = $"/v1/shared/{(string)link["token"]!}";
        (await guest.GetAsync(path)).IsProblem(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.GetAsync(path + "/items")).IsProblem(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.GetAsync(path + "/download")).IsProblem(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.PostAsync(path + "/unlock", new JsonObject { ["password"] = "woof" })).IsProblem(HttpStatusCode.Unauthorized, "link_password_wrong");
        var unlocked = (await guest.PostAsync(path + "/unlock", new JsonObject { ["password"] = "meow" })).Is(HttpStatusCode.OK);
        Assert.Equal(3600, (int)unlocked["expiresIn"]!);
        var unlock = ("Link-Unlock", (string)unlocked["unlock"]!);
        (await guest.GetAsync(path, unlock)).Is(HttpStatusCode.OK);
        (await guest.GetAsync(path, ("Link-Unlock", "nonsense"))).IsProblem(HttpStatusCode.Unauthorized, "link_password_required");
        var other = await me.NewLinkAsync(id, new JsonObject { ["password"] = "meow" });
        (await guest.GetAsync($"/v1/shared/{(string)other["token"]!}", unlock)).IsProblem(HttpStatusCode.Unauthorized, "link_password_required");

        (await me.PatchAsync($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = "purr" })).Is(HttpStatusCode.OK);
        (await guest.GetAsync(path, unlock)).IsProblem(HttpStatusCode.Unauthorized, "link_password_required");
        (await guest.PostAsync(path + "/unlock", new JsonObject { ["password"] = "meow" })).IsProblem(HttpStatusCode.Unauthorized, "link_password_wrong");
        (await me.PatchAsync($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = null })).Is(HttpStatusCode.OK);
        (await guest.GetAsync(path)).Is(HttpStatusCode.OK);
    }

    /// <summary>The same letters from two keyboards: one sends é as one character, the other as e and an accent.</summary>
    [Theory, InlineData("caf\u00e9", "cafe\u0301"), InlineData("cafe\u0301", "caf\u00e9")]
    public async Task A_links_password_is_the_same_from_any_keyboard(string given, string typed)
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var link = await me.NewLinkAsync(id, new JsonObject { ["password"] = given });
        var unlock = $"/v1/shared/{(string)link["token"]!}/unlock";
        (await guest.PostAsync(unlock, new JsonObject { ["password"] = typed })).Is(HttpStatusCode.OK);
        (await guest.PostAsync(unlock, new JsonObject { ["password"] = "cafe" })).IsProblem(HttpStatusCode.Unauthorized, "link_password_wrong");
        (await me.PatchAsync($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = typed })).Is(HttpStatusCode.OK);
        (await guest.PostAsync(unlock, new JsonObject { ["password"] = given })).Is(HttpStatusCode.OK);
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
        using var me = await ApiClient.RegisterAsync(address);
        var id = await me.NewCollectionAsync();
        var made = await me.PostAsync($"/v1/collections/{id}/links", new JsonObject { ["expiresAt"] = given });
        if (kept is null)
            made.IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        else
            Assert.Equal(kept, (string)made.Is(HttpStatusCode.Created)["expiresAt"]!);
        var link = (string)(await me.NewLinkAsync(id))["id"]!;
        var changed = await me.PatchAsync($"/v1/collections/{id}/links/{link}", new JsonObject { ["expiresAt"] = given });
        if (kept is null)
            changed.IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        else
            Assert.Equal(kept, (string)changed.Is(HttpStatusCode.OK)["expiresAt"]!);
    }

    [Fact]
    public async Task Wrong_passwords_are_limited_per_link()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var path = $"/v1/shared/{(string)(await me.NewLinkAsync(id, new JsonObject { ["password"] = "meow" }))["token"]!}/unlock";
        var replies = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => guest.PostAsync(path, new JsonObject { ["password"] = "woof" })));
        Assert.Equal(10, replies.Count(reply => reply.Status == HttpStatusCode.Unauthorized));
        Assert.Equal(15, replies.Count(reply => reply.Status == HttpStatusCode.TooManyRequests));
        Assert.NotNull((await guest.PostAsync(path, new JsonObject { ["password"] = "meow" })).IsProblem(HttpStatusCode.TooManyRequests, "rate_limited").Headers.RetryAfter);
    }

    [Fact]
    public async Task A_capped_link_spends_no_view_on_its_owner_a_prefetch_or_a_further_page()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var (path, link) = await NewCappedAsync(me, id, 1);
        (await guest.GetAsync(path + "/items")).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.GetAsync(path, ("Sec-Purpose", "prefetch"))).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await me.GetAsync(path)).Is(HttpStatusCode.OK);
        (await guest.GetAsync(path)).Is(HttpStatusCode.OK);
        Assert.Equal(1, await ViewsAsync(me, id, link));
    }

    [Fact]
    public async Task A_cap_holds_under_concurrency_and_gives_as_many_more_as_it_is_raised_by()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var (path, link) = await NewCappedAsync(me, id, 7);
        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => guest.GetAsync(path)));
        var given = replies.Where(reply => reply.Status == HttpStatusCode.OK).ToList();
        Assert.Equal(7, given.Count);
        Assert.All(replies.Except(given), reply => reply.IsProblem(HttpStatusCode.NotFound, "not_found"));
        (await guest.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(7, await ViewsAsync(me, id, link));
        (await me.PatchAsync($"/v1/collections/{id}/links/{link}", new JsonObject { ["maxViews"] = 8 })).Is(HttpStatusCode.OK);
        (await guest.GetAsync(path)).Is(HttpStatusCode.OK);
        (await guest.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await product.CountsAgree();
    }

    [Fact]
    public async Task Who_was_given_a_view_goes_on_with_its_pass_after_the_cap()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        await FillAsync(me, id, 51);
        var (path, _) = await NewCappedAsync(me, id, 1);
        var given = (await guest.GetAsync(path)).Is(HttpStatusCode.OK);
        (await guest.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");

        var pass = ("Link-View", given.Header("Link-View")!);
        var again = (await guest.GetAsync(path, pass)).Is(HttpStatusCode.OK);
        Assert.Equal(50, again["items"]!.AsArray().Count);
        (await guest.GetAsync(path, pass, ("If-None-Match", again.ETag!))).Is(HttpStatusCode.NotModified);
        (await guest.GetAsync(path + "/download", pass)).Is(HttpStatusCode.OK);
        // The pass stands in the cursor too; also in an owner's, who sends one.
        Assert.Single((await guest.GetAsync($"{path}/items?cursor={(string)given["next"]!}")).Is(HttpStatusCode.OK)["items"]!.AsArray());
        var owners = (await me.GetAsync(path, pass)).Is(HttpStatusCode.OK);
        Assert.Single((await me.GetAsync($"{path}/items?cursor={(string)owners["next"]!}")).Is(HttpStatusCode.OK)["items"]!.AsArray());
    }

    [Fact]
    public async Task A_pass_ends_with_its_link()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        await FillAsync(me, id, 51);
        var (path, link) = await NewCappedAsync(me, id, 1);
        var given = (await guest.GetAsync(path)).Is(HttpStatusCode.OK);
        (await me.DeleteAsync($"/v1/collections/{id}/links/{link}")).Is(HttpStatusCode.NoContent);
        (await guest.GetAsync(path, ("Link-View", given.Header("Link-View")!))).IsProblem(HttpStatusCode.NotFound, "not_found");
        (await guest.GetAsync($"{path}/items?cursor={(string)given["next"]!}")).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_cap_put_on_a_busy_link_is_exact_from_then_on()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var link = await me.NewLinkAsync(id);
        var path = $"/v1/shared/{(string)link["token"]!}";
        var viewing = Task.WhenAll(Enumerable.Range(0, 100).Select(_ => guest.GetAsync(path)));
        var capped = (await me.PatchAsync($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["maxViews"] = 20 })).Is(HttpStatusCode.OK);
        var replies = await viewing;
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => guest.GetAsync(path)));
        var given = replies.Count(reply => reply.Status == HttpStatusCode.OK);
        var counted = (int)(await me.GetAsync($"/v1/collections/{id}/links")).Is(HttpStatusCode.OK)["items"]![0]!["viewCount"]!;
        Assert.True(counted >= given, $"{given} given, {counted} counted");
        Assert.True(counted == Math.Max(20, (int)capped["viewCount"]!), $"{counted} counted, {(int)capped["viewCount"]!} when it was capped");
    }

    [Fact]
    public async Task A_link_expires_by_the_clock()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        var link = await me.NewLinkAsync(id, new JsonObject { ["expiresAt"] = DateTimeOffset.UtcNow.AddSeconds(2).ToString("O") });
        (await guest.GetAsync($"/v1/shared/{(string)link["token"]!}")).Is(HttpStatusCode.OK);
        await Eventually.True(async () => (await guest.GetAsync($"/v1/shared/{(string)link["token"]!}")).Status == HttpStatusCode.NotFound, TestContext.Current.CancellationToken);
    }

    /// <summary>The path that a guest opens, and the link's id.</summary>
    private static async Task<(string Path, string Id)> NewCappedAsync(ApiClient owner, string collection, int views)
    {
        var link = await owner.NewLinkAsync(collection, new JsonObject { ["maxViews"] = views });
        return ($"/v1/shared/{(string)link["token"]!}", (string)link["id"]!);
    }

    private static async Task<int> ViewsAsync(ApiClient owner, string collection, string link) =>
        (int)(await owner.GetAsync($"/v1/collections/{collection}/links")).Is(HttpStatusCode.OK)["items"]!.AsArray().Single(one => (string)one!["id"]! == link)!["viewCount"]!;

    private static async Task FillAsync(ApiClient owner, string collection, int count)
    {
        var gifs = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => owner.NewGifAsync()));
        (await owner.PostAsync($"/v1/collections/{collection}/items/batch", new JsonObject { ["add"] = new JsonArray([.. gifs.Select(gif => (JsonNode)gif)]) })).Is(HttpStatusCode.OK);
    }
}
