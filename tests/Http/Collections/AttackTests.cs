using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

/// <summary>What somebody tries who wants more from a link or a list than it gives.</summary>
public class AttackTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task An_old_password_that_is_checked_while_it_changes_unlocks_nothing()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var guest = new ApiClient(address);
        var id = await me.NewCollectionAsync();
        for (var round = 0; round < 3; round++)
        {
            var link = await me.NewLinkAsync(id, new JsonObject { ["password"] = "old password" });
            var path = $"/v1/shared/{(string)link["token"]!}";
            var change = me.PatchAsync($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = "new password" });
            var tries = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => guest.PostAsync(path + "/unlock", new JsonObject { ["password"] = "old password" })));
            (await change).Is(HttpStatusCode.OK);
            foreach (var unlocked in tries.Where(reply => reply.Status == HttpStatusCode.OK))
                (await guest.GetAsync(path, ("Link-Unlock", (string)unlocked["unlock"]!))).IsProblem(HttpStatusCode.Unauthorized, "link_password_required");
        }
    }

    [Fact]
    public async Task A_gif_is_seen_and_added_through_a_closed_link_only_with_what_opens_it()
    {
        using var me = await ApiClient.RegisterAsync(address);
        using var other = await ApiClient.RegisterAsync(address);
        var mine = await me.NewCollectionAsync();
        var (first, second, third) = (await me.AddNewGifAsync(mine), await me.AddNewGifAsync(mine), await me.AddNewGifAsync(mine));
        var locked = (string)(await me.NewLinkAsync(mine, new JsonObject { ["password"] = "open sesame" }))["token"]!;
        var capped = (string)(await me.NewLinkAsync(mine, new JsonObject { ["maxViews"] = 1 }))["token"]!;
        var unlock = (string)(await other.PostAsync($"/v1/shared/{locked}/unlock", new JsonObject { ["password"] = "open sesame" })).Is(HttpStatusCode.OK)["unlock"]!;
        await Refused(capped);
        var pass = (await other.GetAsync($"/v1/shared/{capped}")).Header("Link-View")!;
        await Refused(capped);
        await Refused(locked);
        await Refused(locked, ("Link-Unlock", pass));
        await Refused(capped, ("Link-View", unlock));

        var theirs = await other.NewCollectionAsync("private");
        await Added(first, locked, null, ("Link-Unlock", unlock));
        await Added(second, capped, first, ("Link-View", pass));
        await Added(third, capped, null, ("Link-View", pass));
        Assert.Equal([second, first, third], await other.ItemsAsync(theirs));

        async Task Refused(string token, params (string, string)[] headers)
        {
            (await other.GetAsync($"/v1/gifs/{first}?via={token}", headers)).IsProblem(HttpStatusCode.NotFound, "not_found");
            (await other.PutAsync($"/v1/favorites/{first}?via={token}", headers)).IsProblem(HttpStatusCode.NotFound, "not_found");
            (await other.PostAsync($"/v1/collections/{await other.NewCollectionAsync()}/items?via={token}", new JsonObject { ["gifId"] = first }, headers))
                .IsProblem(HttpStatusCode.BadRequest, "invalid_request");
        }

        async Task Added(string gif, string token, string? before, params (string, string)[] headers)
        {
            var body = new JsonObject { ["gifId"] = gif };
            if (before is not null)
                body["before"] = before;
            (await other.PostAsync($"/v1/collections/{theirs}/items?via={token}", body, headers)).Is(HttpStatusCode.Created);
        }
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("cats%00")]
    [InlineData("%0D%0ASet-Cookie:x")]
    public async Task Control_characters_in_a_query_are_refused(string q)
    {
        using var me = await ApiClient.RegisterAsync(address);
        (await me.GetAsync($"/v1/collections?q={q}")).IsProblem(HttpStatusCode.BadRequest, "invalid_request");
    }
}
