using System.IO.Compression;
using System.Text.Json.Nodes;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>What an owner does to a collection by plain forms, as without a script; and what its script is answered.</summary>
public sealed class OwnerPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static readonly string Expiry = $"{DateTimeOffset.UtcNow.Year + 2}-01-01T10:30:00.000Z";

    private static byte[] Gif(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    [Fact]
    public async Task An_item_is_described_and_noted_on_its_page()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        var path = $"/c/{ada.Collection}/items/{ada.Gifs[2]}";
        Assert.Contains("3 of 3", (await ada.Browser.Get(path)).Text, StringComparison.Ordinal);
        var saved = (await ada.Browser.Submit(path, path, Texts("A <cat>", "My favourite"))).Header("Location")!;
        Assert.StartsWith($"/c/{ada.Collection}?done=saved&undo=", saved, StringComparison.Ordinal);
        var item = (await ada.Items())[2]!;
        Assert.Equal(("A <cat>", "A cat sleeps.", "pg", "My favourite"), ((string)item["gif"]!["title"]!, (string)item["gif"]!["altText"]!, (string)item["gif"]!["rating"]!, (string)item["note"]!));
        Assert.Equal(["cat", "sleep"], item["gif"]!["tags"]!.AsArray().Select(tag => (string)tag!));
    }

    [Fact]
    public async Task Texts_of_an_item_that_are_refused_stay_as_they_were_typed()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        var path = $"/c/{ada.Collection}/items/{ada.Gifs[0]}";
        var refused = await ada.Browser.Submit(path, path, Texts(new string('x', 201), "Typed and kept"));
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("Typed and kept", refused.Text, StringComparison.Ordinal);
        Assert.Equal((null, null), ((string?)(await ada.Items())[0]!["gif"]!["title"], (string?)(await ada.Items())[0]!["note"]));
    }

    [Fact]
    public async Task An_item_is_moved_to_the_number_of_a_place()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        var path = $"/c/{ada.Collection}/items/{ada.Gifs[2]}";
        Assert.Equal(303, await Place("1"));
        Assert.Equal([ada.Gifs[2], ada.Gifs[0], ada.Gifs[1]], await ada.Order());
        Assert.Equal(303, await Place("2"));
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[1]], await ada.Order());
        Assert.Equal(303, await Place("99"));
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal(400, await Place("first"));

        async Task<int> Place(string place) => (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = place })).StatusCode;
    }

    [Fact]
    public async Task An_item_that_is_the_cover_says_so()
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        var path = $"/c/{ada.Collection}/items/{ada.Gifs[1]}";
        Assert.DoesNotContain("This is the cover", (await ada.Browser.Get(path)).Text, StringComparison.Ordinal);
        await ada.Cover(1);
        Assert.Contains("This is the cover", (await ada.Browser.Get(path)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_was_removed_by_its_page_comes_back_to_its_place()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        var middle = $"/c/{ada.Collection}/items/{ada.Gifs[1]}";
        var removed = (await ada.Browser.Submit(middle, middle + "/remove")).Header("Location")!;
        Assert.StartsWith($"/c/{ada.Collection}?done=item-removed&undo=", removed, StringComparison.Ordinal);
        Assert.Equal([ada.Gifs[0], ada.Gifs[2]], await ada.Order());
        await ada.Undo(removed);
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task Chosen_items_are_removed_and_come_back_to_their_places()
    {
        using var ada = await SiteOwner.Enter(product.Address, 5);
        var removed = await ada.Select(new() { ["gif"] = $"{ada.Gifs[1]},{ada.Gifs[3]}", ["do"] = "remove" });
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[4]], await ada.Order());
        Assert.Contains("2 GIFs removed.", (await ada.Browser.Get(removed)).Text, StringComparison.Ordinal);
        await ada.Undo(removed);
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task Who_moves_chosen_items_is_asked_where_to()
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        var (page, action) = ($"/c/{ada.Collection}", $"/c/{ada.Collection}/items/selected");
        var form = new Dictionary<string, string> { ["gif"] = $"{ada.Gifs[0]},{ada.Gifs[1]}", ["do"] = "move" };
        var asked = await ada.Browser.Submit(page, action, form);
        Assert.Contains("Which collection?", asked.Text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{ada.Gifs[1]}\"", asked.Text, StringComparison.Ordinal);
        // A new one without a name is none.
        form["target"] = "new";
        Assert.Equal(400, (await ada.Browser.Submit(page, action, form)).StatusCode);
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task Chosen_items_are_moved_into_a_new_collection_and_back()
    {
        using var ada = await SiteOwner.Enter(product.Address, 5);
        var moved = await ada.Select(new() { ["gif"] = $"{ada.Gifs[1]},{ada.Gifs[3]}", ["do"] = "move", ["target"] = "new", ["name"] = "Other <cats>" });
        Assert.Contains("Other &lt;cats&gt;", (await ada.Browser.Get(moved)).Text, StringComparison.Ordinal);
        var target = await ada.CollectionNamed("Other <cats>");
        Assert.Equal([ada.Gifs[1], ada.Gifs[3]], await ada.Order(target));
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[4]], await ada.Order());
        await ada.Undo(moved);
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal(404, (await ada.Api.GetAsync($"/v1/collections/{target}")).StatusCode);
    }

    [Fact]
    public async Task Chosen_items_are_copied_and_undoing_it_keeps_what_was_there_before()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        var other = await ada.NewCollection("Copies");
        await ada.Api.AddAsync(other, ada.Gifs[2]);
        var copied = await ada.Select(new() { ["gif"] = $"{ada.Gifs[0]},{ada.Gifs[2]}", ["do"] = "copy", ["target"] = other });
        Assert.Equal([ada.Gifs[2], ada.Gifs[0]], await ada.Order(other));
        await ada.Undo(copied);
        Assert.Equal([ada.Gifs[2]], await ada.Order(other));
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task A_chosen_item_that_another_tab_removed_meanwhile_is_passed_over()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        Assert.Equal(204, (await ada.Api.DeleteAsync($"/v1/collections/{ada.Collection}/items/{ada.Gifs[0]}")).StatusCode);
        var removed = await ada.Select(new() { ["gif"] = $"{ada.Gifs[0]},{ada.Gifs[1]}", ["do"] = "remove" });
        Assert.Equal([ada.Gifs[2]], await ada.Order());
        await ada.Undo(removed);
        Assert.Equal([ada.Gifs[1], ada.Gifs[2]], await ada.Order());
    }

    [Theory]
    [InlineData("remove", "")]
    [InlineData("remove", "nonsense")]
    [InlineData("dance", "ok")]
    [InlineData("move", "ok")]
    public async Task A_wrong_choice_is_refused_and_changes_nothing(string deed, string gif)
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        var form = new Dictionary<string, string> { ["gif"] = gif == "ok" ? ada.Gifs[0] : gif, ["do"] = deed, ["target"] = Guid.NewGuid().ToString() };
        var reply = await ada.Browser.Submit($"/c/{ada.Collection}", $"/c/{ada.Collection}/items/selected", form);
        Assert.True(reply.StatusCode is 400 or 404, $"{reply.StatusCode}");
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task What_was_not_done_cannot_be_undone()
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        using var eve = await SiteOwner.Enter(product.Address, 2);
        var ticket = SiteOwner.Ticket(await ada.Select(new() { ["gif"] = ada.Gifs[0], ["do"] = "remove" }));
        var token = Browser.FormToken(await eve.Browser.Get("/collections"));
        foreach (var what in new[] { ticket, ticket[..^4] + "AAAA", "AAAA", "" })
            Assert.Equal(400, (await eve.Browser.Post("/undo", new() { ["_antiforgery"] = token, ["what"] = what })).StatusCode);
        Assert.Equal([ada.Gifs[1]], await ada.Order());
    }

    [Fact]
    public async Task Undoing_a_move_keeps_what_the_new_collection_got_meanwhile()
    {
        using var ada = await SiteOwner.Enter(product.Address, 2);
        var moved = await ada.Select(new() { ["gif"] = ada.Gifs[0], ["do"] = "move", ["target"] = "new", ["name"] = "Meanwhile" });
        var made = await ada.CollectionNamed("Meanwhile");
        // As many as the move brought, but another one.
        Assert.Equal(200, (await ada.Api.PostAsync($"/v1/collections/{made}/items/batch", $$"""{"remove":["{{ada.Gifs[0]}}"],"add":["{{ada.Gifs[1]}}"]}""")).StatusCode);
        await ada.Undo(moved);
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal([ada.Gifs[1]], await ada.Order(made));
    }

    [Fact]
    public async Task Chosen_items_come_as_a_zip()
    {
        using var ada = await SiteOwner.Enter(product.Address, 1);
        var add = $"/c/{ada.Collection}/add";
        Assert.Equal(303, (await ada.Browser.Submit(add, add, files: [("hearts.gif", Gif("hearts.gif")), ("plasma.gif", Gif("plasma.gif"))])).StatusCode);
        var order = await ada.Order();
        var token = Browser.FormToken(await ada.Browser.Get($"/c/{ada.Collection}"));
        var bytes = await ada.Browser.Bytes($"/c/{ada.Collection}/items/selected", new() { ["_antiforgery"] = token, ["gif"] = $"{order[0]},{order[2]}", ["do"] = "download" });
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["0002-plasma.gif", "index.json"], zip.Entries.Select(entry => entry.FullName));
        using var all = new ZipArchive(new MemoryStream(await ada.Browser.Bytes($"/c/{ada.Collection}/download")));
        Assert.Equal(3, all.Entries.Count);
    }

    [Fact]
    public async Task A_private_collection_is_opened_before_it_is_shared()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var share = $"/c/{ada.Collection}/share";
        Assert.Contains("only you can see it", (await ada.Browser.Get(share)).Text, StringComparison.Ordinal);
        Assert.Equal(303, (await ada.Browser.Submit(share, share + "/open")).StatusCode);
        Assert.DoesNotContain("only you can see it", (await ada.Browser.Get(share)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_is_refused_keeps_what_was_typed_but_its_password()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (share, _, action) = await ada.Link();
        var refused = await ada.Browser.Submit(share, share, new() { ["label"] = "For Mum", ["password"] = "miau miau", ["expires"] = "date", ["expiresAt"] = "2999-01-01T00:00" });
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("value=\"For Mum\"", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("miau miau", refused.Text, StringComparison.Ordinal);
        var changed = await ada.Browser.Submit(share, action, new() { ["label"] = "Typed", ["maxViews"] = "many", ["expires"] = "keep" });
        Assert.Equal(400, changed.StatusCode);
        Assert.Contains("value=\"Typed\"", changed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_of_a_link_that_is_sent_twice_makes_one()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var link = await NewLink(ada);
        Assert.Equal((Expiry, true, 3), ((string?)link["expiresAt"], (bool)link["hasPassword"]!, (int)link["maxViews"]!));
    }

    [Fact]
    public async Task A_links_form_changes_what_was_filled_in_and_keeps_its_password()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var link = (string)(await NewLink(ada))["id"]!;
        // An empty limit takes the limit away.
        await Change(new() { ["label"] = "مرحبا 🎉", ["expires"] = "keep" });
        var its = await ada.ReadLink(link);
        Assert.Equal(("مرحبا 🎉", Expiry, true, null), ((string?)its["label"], (string?)its["expiresAt"], (bool)its["hasPassword"]!, (int?)its["maxViews"]));
        await Change(new() { ["label"] = "Mum", ["expires"] = "never", ["removePassword"] = "1" });
        its = await ada.ReadLink(link);
        Assert.Equal((null, false), ((string?)its["expiresAt"], (bool)its["hasPassword"]!));

        async Task Change(Dictionary<string, string> form) =>
            Assert.Equal(303, (await ada.Browser.Submit($"/c/{ada.Collection}/share", $"/c/{ada.Collection}/share/{link}", form)).StatusCode);
    }

    [Fact]
    public async Task A_revoked_link_is_closed_and_has_no_picture_any_more()
    {
        using var ada = await SiteOwner.Enter(product.Address);
        var (share, link, action) = await ada.Link();
        var open = "/s/" + (string)(await ada.ReadLink(link))["token"]!;
        using var guest = new Browser(product.Address);
        Assert.Equal(200, (await guest.Get(open)).StatusCode);
        var qr = await ada.Browser.Get(action + "/qr.svg");
        Assert.Equal(("image/svg+xml", "no-store"), (qr.ContentHeaders.ContentType?.MediaType, qr.Header("Cache-Control")));
        Assert.DoesNotContain("style", qr.Text, StringComparison.Ordinal);

        Assert.Equal(303, (await ada.Browser.Submit(share, action + "/revoke")).StatusCode);
        Assert.Equal(404, (await guest.Get(open)).StatusCode);
        Assert.Equal(404, (await ada.Browser.Get(action + "/qr.svg")).StatusCode);
    }

    /// <summary>A link with everything, made by a form that is sent twice.</summary>
    private static async Task<JsonNode> NewLink(SiteOwner owner)
    {
        var share = $"/c/{owner.Collection}/share";
        Assert.Equal(303, (await owner.Browser.Submit(share, share + "/open")).StatusCode);
        var form = new Dictionary<string, string> { ["label"] = "For Mum", ["password"] = "miau miau", ["expires"] = "date", ["expiresAt"] = Expiry, ["maxViews"] = "3", ["once"] = Guid.NewGuid().ToString("N") };
        Assert.Equal(303, (await owner.Browser.Submit(share, share, form)).StatusCode);
        Assert.Equal(303, (await owner.Browser.Submit(share, share, form)).StatusCode);
        return Assert.Single((await owner.Api.GetAsync($"/v1/collections/{owner.Collection}/links"))["items"]!.AsArray())!;
    }

    private static Dictionary<string, string> Texts(string title, string note) =>
        new() { ["title"] = title, ["altText"] = "A cat sleeps.", ["tags"] = "cat,  sleep , cat", ["rating"] = "pg", ["note"] = note };
}
