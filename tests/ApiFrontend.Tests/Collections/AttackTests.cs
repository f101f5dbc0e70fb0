using System.Net;
using System.Text.Json.Nodes;

namespace GifShare.ApiFrontend.Tests.Collections;

/// <summary>What somebody tries who wants more from a link or a list than it gives.</summary>
public class AttackTests(CollectionsProduct product) : IClassFixture<CollectionsProduct>
{
    private readonly Uri address = product.Product.BaseAddress;

    [Fact]
    public async Task An_old_password_that_is_checked_while_it_changes_unlocks_nothing()
    {
        using var me = await Caller.SignedIn(address);
        using var guest = new Caller(address);
        var id = await me.NewCollection();
        for (var round = 0; round < 3; round++)
        {
            var link = await me.NewLink(id, new JsonObject { ["password"] = "old password" });
            var path = $"/v1/shared/{(string)link["token"]!}";
            var change = me.Patch($"/v1/collections/{id}/links/{(string)link["id"]!}", new JsonObject { ["password"] = "new password" });
            var tries = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => guest.Post(path + "/unlock", new JsonObject { ["password"] = "old password" })));
            (await change).Is(HttpStatusCode.OK);
            foreach (var unlocked in tries.Where(reply => reply.Status == HttpStatusCode.OK))
                (await guest.Get(path, ("Link-Unlock", (string)unlocked.Json!["unlock"]!))).Refused(HttpStatusCode.Unauthorized, "link_password_required");
        }
    }

    [Fact]
    public async Task A_gif_is_seen_and_added_through_a_closed_link_only_with_what_opens_it()
    {
        using var me = await Caller.SignedIn(address);
        using var other = await Caller.SignedIn(address);
        var mine = await me.NewCollection();
        var (first, second, third) = (await me.AddNewGif(mine), await me.AddNewGif(mine), await me.AddNewGif(mine));
        var locked = (string)(await me.NewLink(mine, new JsonObject { ["password"] = "open sesame" }))["token"]!;
        var capped = (string)(await me.NewLink(mine, new JsonObject { ["maxViews"] = 1 }))["token"]!;
        var unlock = (string)(await other.Post($"/v1/shared/{locked}/unlock", new JsonObject { ["password"] = "open sesame" })).Is(HttpStatusCode.OK)["unlock"]!;
        await Refused(capped);
        var pass = (await other.Get($"/v1/shared/{capped}")).Header("Link-View")!;
        await Refused(capped);
        await Refused(locked);
        await Refused(locked, ("Link-Unlock", pass));
        await Refused(capped, ("Link-View", unlock));

        var theirs = await other.NewCollection("private");
        await Added(first, locked, null, ("Link-Unlock", unlock));
        await Added(second, capped, first, ("Link-View", pass));
        await Added(third, capped, null, ("Link-View", pass));
        Assert.Equal([second, first, third], await other.Items(theirs));

        async Task Refused(string token, params (string, string)[] headers)
        {
            (await other.Get($"/v1/gifs/{first}?via={token}", headers)).Refused(HttpStatusCode.NotFound, "not_found");
            (await other.Put($"/v1/favorites/{first}?via={token}", headers)).Refused(HttpStatusCode.NotFound, "not_found");
            (await other.Post($"/v1/collections/{await other.NewCollection()}/items?via={token}", new JsonObject { ["gifId"] = first }, headers))
                .Refused(HttpStatusCode.BadRequest, "invalid_request");
        }

        async Task Added(string gif, string token, string? before, params (string, string)[] headers)
        {
            var body = new JsonObject { ["gifId"] = gif };
            if (before is not null)
                body["before"] = before;
            (await other.Post($"/v1/collections/{theirs}/items?via={token}", body, headers)).Is(HttpStatusCode.Created);
        }
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("cats%00")]
    [InlineData("%0D%0ASet-Cookie:x")]
    public async Task Control_characters_in_a_query_are_refused(string q)
    {
        using var me = await Caller.SignedIn(address);
        (await me.Get($"/v1/collections?q={q}")).Refused(HttpStatusCode.BadRequest, "invalid_request");
    }
}
