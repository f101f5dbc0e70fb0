using System.IO.Compression;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>What an owner does to a collection by plain forms, as without a script; and what its script is answered.</summary>
public sealed class OwnerPagesTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static byte[] Gif(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    [Fact]
    public async Task An_item_is_described_noted_moved_made_the_cover_removed_and_comes_back()
    {
        using var ada = await SiteOwner.Enter(product.Address, 3);
        var path = $"/c/{ada.Collection}/items/{ada.Gifs[2]}";
        Assert.Contains("3 of 3", (await ada.Browser.Get(path)).Text, StringComparison.Ordinal);
        var texts = new Dictionary<string, string> { ["title"] = "A <cat>", ["altText"] = "A cat sleeps.", ["tags"] = "cat,  sleep , cat", ["rating"] = "pg", ["note"] = "My favourite" };
        var saved = (await ada.Browser.Submit(path, path, texts)).Header("Location")!;
        Assert.StartsWith($"/c/{ada.Collection}?done=saved&undo=", saved, StringComparison.Ordinal);
        var item = (await ada.Items())[2]!;
        Assert.Equal(("A <cat>", "A cat sleeps.", "pg", "My favourite"), ((string)item["gif"]!["title"]!, (string)item["gif"]!["altText"]!, (string)item["gif"]!["rating"]!, (string)item["note"]!));
        Assert.Equal(["cat", "sleep"], item["gif"]!["tags"]!.AsArray().Select(tag => (string)tag!));

        texts["title"] = new string('x', 201);
        texts["note"] = "Typed and kept";
        var refused = await ada.Browser.Submit(path, path, texts);
        Assert.Equal(400, refused.StatusCode);
        Assert.Contains("Typed and kept", refused.Text, StringComparison.Ordinal);

        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "1" })).StatusCode);
        Assert.Equal([ada.Gifs[2], ada.Gifs[0], ada.Gifs[1]], await ada.Order());
        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "2" })).StatusCode);
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[1]], await ada.Order());
        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "99" })).StatusCode);
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal(400, (await ada.Browser.Submit(path, path + "/place", new() { ["place"] = "first" })).StatusCode);
        Assert.Equal(303, (await ada.Browser.Submit(path, path + "/cover")).StatusCode);
        Assert.Contains("This is the cover", (await ada.Browser.Get(path)).Text, StringComparison.Ordinal);

        var middle = $"/c/{ada.Collection}/items/{ada.Gifs[1]}";
        var removed = (await ada.Browser.Submit(middle, middle + "/remove")).Header("Location")!;
        Assert.StartsWith($"/c/{ada.Collection}?done=item-removed&undo=", removed, StringComparison.Ordinal);
        Assert.Equal([ada.Gifs[0], ada.Gifs[2]], await ada.Order());
        await ada.Undo(removed);
        Assert.Equal(ada.Gifs, await ada.Order());
    }

    [Fact]
    public async Task Chosen_items_are_removed_moved_and_copied_and_each_is_undone()
    {
        using var ada = await SiteOwner.Enter(product.Address, 5);
        var page = $"/c/{ada.Collection}";
        var chosen = $"{ada.Gifs[1]},{ada.Gifs[3]}";

        var removed = await ada.Select(new() { ["gif"] = chosen, ["do"] = "remove" });
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[4]], await ada.Order());
        Assert.Contains("2 GIFs removed.", (await ada.Browser.Get(removed)).Text, StringComparison.Ordinal);
        await ada.Undo(removed);
        Assert.Equal(ada.Gifs, await ada.Order());

        var picked = await ada.Browser.Submit(page, page + "/items/selected", new() { ["gif"] = chosen, ["do"] = "move" });
        Assert.Contains("Which collection?", picked.Text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{ada.Gifs[3]}\"", picked.Text, StringComparison.Ordinal);
        Assert.Equal(400, (await ada.Browser.Submit(page, page + "/items/selected", new() { ["gif"] = chosen, ["do"] = "move", ["target"] = "new" })).StatusCode);
        var moved = await ada.Select(new() { ["gif"] = chosen, ["do"] = "move", ["target"] = "new", ["name"] = "Other <cats>" });
        Assert.Contains("Other &lt;cats&gt;", (await ada.Browser.Get(moved)).Text, StringComparison.Ordinal);
        var target = await ada.CollectionNamed("Other <cats>");
        Assert.Equal([ada.Gifs[1], ada.Gifs[3]], await ada.Order(target));
        Assert.Equal(3, (await ada.Order()).Count);
        await ada.Undo(moved);
        Assert.Equal(ada.Gifs, await ada.Order());
        Assert.Equal(404, (await ada.Api.GetAsync($"/v1/collections/{target}")).StatusCode);

        // One of the two is there already, and stays when the copy is undone.
        var other = await ada.NewCollection("Copies");
        Assert.Equal(201, (await ada.Api.PostAsync($"/v1/collections/{other}/items", $$"""{"gifId":"{{ada.Gifs[3]}}"}""")).StatusCode);
        var copied = await ada.Select(new() { ["gif"] = chosen, ["do"] = "copy", ["target"] = other });
        Assert.Equal([ada.Gifs[3], ada.Gifs[1]], await ada.Order(other));
        await ada.Undo(copied);
        Assert.Equal([ada.Gifs[3]], await ada.Order(other));
        Assert.Equal(ada.Gifs, await ada.Order());

        // What another tab has removed meanwhile is passed over.
        Assert.Equal(204, (await ada.Api.DeleteAsync($"/v1/collections/{ada.Collection}/items/{ada.Gifs[1]}")).StatusCode);
        await ada.Undo(await ada.Select(new() { ["gif"] = chosen, ["do"] = "remove" }));
        Assert.Equal([ada.Gifs[0], ada.Gifs[2], ada.Gifs[3], ada.Gifs[4]], await ada.Order());
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
}
